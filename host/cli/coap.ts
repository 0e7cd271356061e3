import { Option, type Command } from 'commander';
import { addCoapServe } from './coap-serve.js';
import { duration, integer } from './numbers.js';
import { withCommon, withKeys, type CommonOptions } from './options.js';

export interface CoapOptions extends CommonOptions {
  payload?: string;
  format?: string;
  accept?: string;
  /** False with --non. */
  con: boolean;
  count?: number;
  timeout: number;
}

/** RFC 7252 §4.8.2: MAX_TRANSMIT_WAIT, the longest that a confirmable message may want. */
const TIMEOUT_MS = 93_000;

const PURPOSES = {
  get: 'read a resource', put: 'make or change a resource', post: 'give something to a resource', delete: 'remove a resource',
  observe: 'read a resource each time it changes (RFC 7641)',
};
export type Verb = keyof typeof PURPOSES;

/** `thimble coap get|put|post|delete|observe|serve`. */
export function addCoap(program: Command): void {
  const coap = program.command('coap').description('CoAP over DTLS (RFC 7252 §9.1), as client or server');
  for (const verb of Object.keys(PURPOSES) as Verb[]) addVerb(coap, verb);
  addCoapServe(coap);
}

function addVerb(coap: Command, verb: Verb): void {
  const command = coap.command(verb).argument('<uri>', 'coaps://host[:port]/path').description(PURPOSES[verb]);
  withKeys(command, 'client');
  if (verb === 'put' || verb === 'post') {
    command
      .option('--payload <text>', 'what to send; standard input if missing')
      .option('--format <type>', 'Content-Format of the payload, a media type or number');
  }
  if (verb === 'observe') command.option('--count <n>', 'end after so many notifications', integer('--count', 1, 1e9));
  command
    .option('--accept <type>', 'Content-Format wanted, a media type or number')
    .option('--no-con', 'send a non-confirmable request')
    .addOption(new Option('--timeout <time>', 'wait this long for the first answer')
      .argParser(duration('--timeout', 's')).default(TIMEOUT_MS, '93s'));
  withCommon(command);
  command.action(async (uri: string, options: CoapOptions) => {
    const { request } = await import('./coap-request.js'); // its libraries are slow to load
    process.exitCode = await request(verb, uri, options);
  });
}
