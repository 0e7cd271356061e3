// QEMU as the board that boards/emulator describes, and what it says a handshake takes.
import { writeFileSync } from 'node:fs';
import { inScratch } from '../../native/build/files.js';
import { top } from '../../native/build/paths.js';
import { Failure, main, run, which } from '../../native/build/process.js';
import { buildFirmware } from './firmware.js';
import { bundle } from './script.js';

export const QEMU = 'qemu-system-arm';
export const HOW_TO_GET_QEMU = 'install qemu-system-arm (on Debian, with apt-get)';

/**
 * QEMU's arguments for this firmware and these words, the script's name first. `line` and `console`: what the UART and
 * the semihosting console are connected to, as QEMU's -chardev has it; the console's default is standard error.
 */
export function emulate(elf, words, line, console = '') {
  const semihosting = ['enable=on', 'target=native', ...words.map((word) => `arg=${word}`)];
  if (console) semihosting.push('chardev=console');
  return ['-M', 'mps2-an386', '-nographic', '-monitor', 'none', '-icount', 'shift=0', '-kernel', elf,
    '-chardev', `${line},id=line`, '-serial', 'chardev:line',
    ...(console ? ['-chardev', `${console},id=console`] : []), '-semihosting-config', semihosting.join()];
}

/**
 * Instructions of a PSK handshake, and of a record of 64 bytes in each direction: {start, handshake, up, down}, each of them
 * {client, server}, each of those {calls, module, firmware}: calls into the adapter, instructions in the module and in all.
 * `functions` has them by the module's functions: {receive: [calls, instructions], …}; `heap` says what JavaScript's heap
 * held. The same on every run.
 */
export async function measure(options) {
  if (!which(QEMU)) throw new Failure(`There is no ${QEMU}: ${HOW_TO_GET_QEMU}.`);
  const { elf } = buildFirmware(options);
  const script = await bundle(`${top}/boards/emulator/bill.js`);
  const command = emulate(elf, ['bill.js', 'entropy=seed:1'], 'null', 'stdio,signal=off');
  return inScratch((folder) => {
    writeFileSync(`${folder}/bill.js`, script);
    return JSON.parse(run(QEMU, command, { cwd: folder, input: '', timeout: 60_000 }));
  });
}

await main(import.meta.url, async () => console.log(JSON.stringify(await measure(), null, 1)));
