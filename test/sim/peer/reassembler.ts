// Reassembly as simple as it can be: a list of bytes for each message. The rules are those of RFC 6347 §4.2.2 and §4.2.3, and
// one choice of ours: the first fragment of a message says what type and length it has; a fragment that says otherwise is
// dropped, and among overlapping bytes the latest win.
import type { Fragment } from './wire.js';

export interface Message {
  type: number;
  sequence: number;
  body: Buffer;
}

export class Reassembler {
  private readonly parts = new Map<number, { type: number; bytes: (number | undefined)[] }>();

  /** @param next the message_seq that comes next. */
  constructor(public next = 0) {}

  /** Takes a fragment; returns the messages that are whole now, in order. */
  take(fragment: Fragment): Message[] {
    const { type, length, sequence, offset, body } = fragment;
    if (offset + body.length > length || sequence < this.next) return [];
    if (sequence === this.next && body.length === length) this.parts.delete(sequence); // whole and awaited: nothing else counts
    let part = this.parts.get(sequence);
    if (part === undefined) this.parts.set(sequence, part = { type, bytes: new Array<number | undefined>(length).fill(undefined) });
    if (part.type !== type || part.bytes.length !== length) return [];
    body.forEach((byte, i) => { part.bytes[offset + i] = byte; });
    return this.complete();
  }

  private complete(): Message[] {
    const messages: Message[] = [];
    for (;;) {
      const part = this.parts.get(this.next);
      if (part === undefined || part.bytes.includes(undefined)) return messages;
      this.parts.delete(this.next);
      messages.push({ type: part.type, sequence: this.next++, body: Buffer.from(part.bytes as number[]) });
    }
  }
}
