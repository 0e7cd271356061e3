// What a hello offers beside suites and credentials: application protocols (RFC 7301) and limits on records (RFC 8449, RFC 6066 §4).
import type { Context } from '../core/context.js';
import { invalidType, invalidValue, outOfRange } from './errors.js';
import { integer } from './validate.js';

/** The options it is made of. */
export const OFFERS = ['alpn', 'maxFragmentLength', 'recordSizeLimit'];

/** RFC 6066 §4 */
const FRAGMENT_LENGTHS = [512, 1024, 2048, 4096];
/** RFC 8449 §4: bytes of plaintext in a record of DTLS 1.2. */
const RECORD_SIZE_MIN = 64;
const RECORD_SIZE_MAX = 16384;

/** Bytes of a hello that names of protocols may take, each with its length. */
const LIST_MAX = 128;

/** As a context has it. Throws Node's errors for wrong types and values, naming the option. */
export function offers(options: Record<string, unknown>, isServer: boolean): Pick<Context, 'protocols' | 'maxFragmentLength' | 'recordSizeLimit'> {
  const { alpn, maxFragmentLength, recordSizeLimit } = options;
  const offered: ReturnType<typeof offers> = {};
  if (alpn !== undefined) offered.protocols = protocolList('options.alpn', alpn);
  if (recordSizeLimit !== undefined) {
    offered.recordSizeLimit = integer('options.recordSizeLimit', recordSizeLimit, RECORD_SIZE_MIN, RECORD_SIZE_MAX);
  }
  if (maxFragmentLength !== undefined) {
    if (isServer) throw invalidValue('options.maxFragmentLength', 'is the client\'s to ask for; a server has recordSizeLimit');
    const length = integer('options.maxFragmentLength', maxFragmentLength, 512, 4096);
    if (!FRAGMENT_LENGTHS.includes(length)) {
      throw outOfRange('options.maxFragmentLength', `one of ${FRAGMENT_LENGTHS.join(', ')}`, length);
    }
    offered.maxFragmentLength = length;
  }
  return offered;
}

/**
 * Names of protocols in order of preference: text, or the bytes of the list as it travels, one of length before each name.
 * ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE; ERR_OUT_OF_RANGE over 128 bytes.
 */
function protocolList(name: string, value: unknown): Buffer {
  const list = value instanceof Uint8Array ? Buffer.from(value) : Buffer.concat(nameList(name, value));
  if (list.length < 1 || list.length > LIST_MAX) throw outOfRange(`${name}: its bytes`, `>= 1 && <= ${LIST_MAX}`, list.length);
  namesIn(name, list);
  return list;
}

function nameList(name: string, value: unknown): Buffer[] {
  if (!Array.isArray(value)) throw invalidType(name, 'an Array of strings or an instance of Buffer', value);
  return value.map((protocol: unknown) => {
    if (typeof protocol !== 'string') throw invalidType(`${name}[]`, 'of type string', protocol);
    const bytes = Buffer.from(protocol);
    if (bytes.length < 1 || bytes.length > 255) throw invalidValue(name, 'must have names of 1 to 255 bytes', protocol);
    return Buffer.concat([Buffer.of(bytes.length), bytes]);
  });
}

/** The names of a list. Throws ERR_INVALID_ARG_VALUE if one is empty or cut off. */
function namesIn(name: string, list: Buffer): string[] {
  const names: string[] = [];
  for (let at = 0; at < list.length; at += 1 + list[at]!) {
    const end = at + 1 + list[at]!;
    if (list[at] === 0 || end > list.length) {
      throw invalidValue(name, 'must be names with a byte before each that tells its length, 1 to 255', list);
    }
    names.push(list.toString('utf8', at + 1, end));
  }
  return names;
}

/** The name at this place of a list, from 1; undefined for 0. */
export function protocolAt(list: Uint8Array | undefined, place: number): string | undefined {
  return list === undefined ? undefined : namesIn('options.alpn', Buffer.from(list))[place - 1];
}
