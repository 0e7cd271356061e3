// The lines above an incoming datagram that say how its bytes come about, one a record:
//
//   > [wishes of the record] Message [wishes] + Message [wishes] …
//   > again 1                           the first datagram of this scenario once more
//   > raw 00ff                          these bytes
//
// A wish is `name=value` (in quotes if it has blanks) or a bare word. Of a record: epoch number version type length flip cut clear.
// Of any message: message_seq type length body append drop fragment=from..to, again (the one of this name that was written last),
// aside (not part of the handshake: neither counted nor hashed). Other wishes are fields of the message.
import { Alert, AlertLevel } from '../../assembly/codes.js';
import type { Wishes } from './peer.js';

export type Directive = { wishes: Wishes; items: { name: string; wishes: Wishes }[] } | { again: number } | { raw: Buffer };

export function parseDatagram(lines: string[]): Directive[] {
  return lines.map((line) => parseRecord(line.slice(1).trim()));
}

function parseRecord(text: string): Directive {
  const words = text.match(/(?:[^\s"]|"[^"]*")+/g) ?? [];
  if (words[0] === 'again') return { again: Number(words[1]) };
  if (words[0] === 'raw') return { raw: Buffer.from(words.slice(1).join(''), 'hex') };
  const wishes: Wishes = {};
  const items: { name: string; wishes: Wishes }[] = [];
  for (const word of words) {
    if (word === '+') continue;
    if (/^[A-Z]/.test(word)) items.push({ name: word, wishes: {} });
    else wish(items.at(-1)?.wishes ?? wishes, word);
  }
  if (items.length === 0) throw new Error(`"${text}" names no message`);
  for (const { name, wishes: fields } of items) if (name === 'Alert') number(fields);
  return { wishes, items };
}

function wish(wishes: Wishes, word: string): void {
  const at = word.indexOf('=');
  const value = at < 0 ? '' : word.slice(at + 1).replace(/^"(.*)"$/, '$1');
  wishes[at < 0 ? word : word.slice(0, at)] = value;
}

/** `Alert fatal handshake_failure` in numbers. */
function number(wishes: Wishes): void {
  for (const word of Object.keys(wishes)) {
    const level = AlertLevel[word.toUpperCase() as keyof typeof AlertLevel];
    const description = Alert[word.toUpperCase() as keyof typeof Alert];
    const byte = (value: number): string => value.toString(16).padStart(2, '0');
    if (level !== undefined) wishes.level = byte(level);
    if (description !== undefined) wishes.description = byte(description);
  }
}
