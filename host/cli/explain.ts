import { readFileSync } from 'node:fs';
import { Option, type Command } from 'commander';
import { readCapture } from './explain/capture.js';
import { conversationText, happeningText } from './explain/describe.js';
import { replay } from './explain/replay.js';
import { KeyLog } from './explain/secrets.js';
import { Timeline } from './explain/timeline.js';
import { udpOf } from './explain/udp.js';
import { duration, integer, rate } from './numbers.js';
import { Output } from './output.js';
import { Exit, UsageError } from './usage.js';

export interface ExplainOptions {
  seed?: number;
  loss: number;
  delay: number;
  jitter: number;
  reorder: number;
  duplicate: number;
  corrupt: number;
  mtu: number;
  messages: number;
  wrongKey?: boolean;
  pcap?: string;
  keylog?: string;
  json?: boolean;
}

/** `thimble explain`: a capture in RFC words, or one seed of the virtual network. */
export function addExplain(program: Command): void {
  const command = program.command('explain').argument('[capture]', 'a pcap or pcapng file')
    .description('what happened, one line each: in a capture, or in a network in virtual time')
    .option('--keylog <file>', 'a key log that opens the capture, beside the one inside')
    .option('--seed <n>', 'replay this seed of the virtual network that the simulation uses',
      integer('--seed', 0, 2 ** 32 - 1))
    .option('--pcap <file>', 'with --seed: write what passed as pcapng, its keys inside')
    .option('--json', 'one JSON object a line');
  const network = (flags: string, what: string, read: (text: string) => number, value: number, shown: string) =>
    command.addOption(new Option(flags, `with --seed: ${what}`).argParser(read).default(value, shown));
  network('--loss <rate>', 'datagrams lost', rate('--loss'), 0.1, '10%');
  network('--delay <ms>', 'time on the way', duration('--delay', 'ms'), 20, '20ms');
  network('--jitter <ms>', 'up to this much more', duration('--jitter', 'ms'), 0, '0ms');
  network('--reorder <rate>', 'datagrams overtaken', rate('--reorder'), 0, '0%');
  network('--duplicate <rate>', 'datagrams that arrive twice', rate('--duplicate'), 0, '0%');
  network('--corrupt <rate>', 'datagrams with bits flipped', rate('--corrupt'), 0, '0%');
  network('--mtu <bytes>', 'largest datagram sent, 80 to 512', integer('--mtu', 80, 512), 512, '512');
  network('--messages <n>', 'messages once connected', integer('--messages', 0, 1_000), 3, '3');
  command
    .option('--wrong-key', 'with --seed: the two sides have different keys')
    .addHelpText('after', '\nExamples:\n  thimble explain capture.pcapng --keylog keys.log\n' +
      '  thimble explain --seed 7 --loss 30% --pcap seed-7.pcapng')
    .action((capture: string | undefined, options: ExplainOptions) => {
      process.exitCode = run(capture, options);
    });
}

function run(capture: string | undefined, options: ExplainOptions): Exit {
  if ((capture === undefined) === (options.seed === undefined)) {
    throw new UsageError('write a capture file or --seed N, one of the two');
  }
  const output = new Output(options.json === true, false);
  return capture === undefined ? replay(options.seed!, options, output) : explainCapture(capture, options, output);
}

function explainCapture(path: string, { keylog, json }: ExplainOptions, output: Output): Exit {
  const capture = readCapture(read(path), path);
  const keys = new KeyLog();
  for (const text of capture.keyLogs) keys.add(text);
  if (keylog !== undefined) keys.add(Buffer.from(read(keylog)).toString('latin1'));
  const timeline = new Timeline(keys);
  let startMs: number | undefined;
  for (const packet of capture.packets) {
    const datagram = udpOf(packet);
    if (datagram === undefined) continue;
    startMs ??= datagram.atMs;
    for (const happening of timeline.read(datagram)) {
      output.line(json === true ? JSON.stringify(happening) : happeningText(happening, startMs));
    }
  }
  for (const conversation of timeline.conversations) {
    output.line(json === true ? JSON.stringify(conversation) : conversationText(conversation, keys.size > 0));
  }
  if (capture.truncated) output.warn(`${path} ends in the middle of a packet`);
  if (timeline.conversations.length === 0) output.warn(`${path} holds no DTLS 1.2 records`);
  return Exit.DONE;
}

function read(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new UsageError(`${path}: ${(error as NodeJS.ErrnoException).code ?? 'cannot be read'}`);
  }
}
