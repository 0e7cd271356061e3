#!/usr/bin/env node
import { createRequire } from 'node:module';
import { Command, CommanderError } from 'commander';
import { addCoap } from './coap.js';
import { addConnect } from './connect.js';
import { addExplain } from './explain.js';
import { addFleet } from './fleet.js';
import { addKey } from './key.js';
import { addListen } from './listen.js';
import { addMemory } from './memory.js';
import { flushed } from './output.js';
import { exitOf, problemText } from './problems.js';
import { Exit } from './usage.js';

const { version } = createRequire(import.meta.url)('../../../package.json') as { version: string };

const EXAMPLES = `
Examples:
  thimble key new psk dev1 > keys.txt
  thimble listen 127.0.0.1:5684 --psk-file keys.txt --echo
  thimble connect 127.0.0.1:5684 --psk-file keys.txt
  thimble coap serve --psk-file keys.txt
  thimble coap get coaps://127.0.0.1/time --psk-file keys.txt
  thimble fleet --nodes 300 --loss 10% --seed 7

Exit codes: 0 done, 1 the handshake or the peer failed, 2 wrong usage.`;

/** The whole command line; each command adds itself and sets process.exitCode. */
function program(): Command {
  const thimble = new Command('thimble')
    .description('DTLS for the Internet of Things: listen, connect, CoAP, fleets, and what happened in between')
    .version(version)
    .addHelpText('after', EXAMPLES)
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(`thimble: ${oneLine(text)}\n`) });
  addListen(thimble);
  addConnect(thimble);
  addCoap(thimble);
  addFleet(thimble);
  addKey(thimble);
  addMemory(thimble);
  addExplain(thimble);
  return thimble;
}

function oneLine(commanderError: string): string {
  return commanderError.replace(/^error: /, '').trim().replaceAll(/\s*\n\s*/g, ' ');
}

async function main(): Promise<void> {
  process.exitCode = Exit.DONE;
  // Whoever reads our output may go away, as in `thimble explain … | head`; that is no error of ours.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  process.removeAllListeners('warning').on('warning', ({ message }) => process.stderr.write(`thimble: warning: ${oneLine(message)}\n`));
  try {
    await program().parseAsync();
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? Exit.DONE : Exit.WRONG_USAGE;
    } else {
      process.stderr.write(`thimble: ${problemText(error)}\n`);
      process.exitCode = exitOf(error);
    }
  }
  // Timers and sockets of libraries must not keep a finished command alive.
  await Promise.all([flushed(process.stdout), flushed(process.stderr)]);
  process.exit();
}

await main();
