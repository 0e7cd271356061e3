// Names of servers (RFC 6066 §3): the one that a client asks for, and the one that it expects.
import { isIP } from 'node:net';
import { domainToASCII } from 'node:url';
import { Bound } from '../../assembly/codes.js';
import { invalidValue } from './errors.js';
import { string } from './validate.js';

/** What a client says to a server, '' for nothing, and whom it expects there. */
export interface ServerName {
  said: string;
  expected: string;
}

/**
 * A client's `servername`, its `host` where that is undefined, '' to say none. Addresses are never said (6066-3-1, 7925-4.4.1-6),
 * names always (7925-14-1), without a dot at the end; what a lookup makes of them is nobody's name (9325-7.1-1). Throws ERR_INVALID_ARG_VALUE.
 */
export function serverName(servername: unknown, host: string): ServerName {
  const given = servername === undefined ? undefined : string('options.servername', servername);
  if (given !== undefined && isIP(given) !== 0) throw invalidValue('options.servername', 'must be a name and no address', given);
  const expected = isIP(host) === 0 ? hostName('host', host) : host;
  if (given === undefined) return { said: isIP(host) === 0 ? expected : '', expected };
  if (given === '') return { said: '', expected };
  const said = hostName('options.servername', given);
  return { said, expected: said };
}

/** In small letters of ASCII, as it stands in certificates. */
export function hostName(name: string, text: string): string {
  const ascii = domainToASCII(text.replace(/\.$/, '')) || text;
  if (/^[\x21-\x7e]+$/.test(ascii) && ascii.length <= Bound.NAME) return ascii;
  throw invalidValue(name, `must be a host name of at most ${Bound.NAME} letters`, text);
}
