// Application protocols (RFC 7301): what users give, in the form in which it travels.
import { invalidType, invalidValue, outOfRange } from './errors.js';

/** Bytes of a hello that names of protocols may take, each with its length. */
const LIST_MAX = 128;

/**
 * Names of protocols in order of preference: text, or the bytes of the list as it travels, one of length before each name.
 * ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE; ERR_OUT_OF_RANGE over 128 bytes.
 */
export function protocolList(name: string, value: unknown): Buffer {
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
export function protocolAt(list: Buffer | undefined, place: number): string | undefined {
  return list === undefined ? undefined : namesIn('alpn', list)[place - 1];
}
