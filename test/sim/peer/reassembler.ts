// Reassembly as simple as it can be: a list of bytes for each message. The rules are those of RFC 6347 §4.2.2 and §4.2.3, and
// choices of ours: fragments that differ in type or length belong to different messages, of which the first one to be whole
// counts; among overlapping bytes the latest win; and there is room for so many messages and no more.
import type { Fragment } from './wire.js';

export interface Message {
  type: number;
  sequence: number;
  body: Buffer;
}

interface Part {
  type: number;
  sequence: number;
  bytes: (number | undefined)[];
}

const PARTS_MAX = 6;

export class Reassembler {
  private parts: Part[] = [];

  /** @param next the message_seq that comes next. */
  constructor(public next = 0) {}

  /** Takes a fragment; returns the messages that are whole now, in order. */
  take(fragment: Fragment): Message[] {
    const { type, length, sequence, offset, body } = fragment;
    if (offset + body.length > length || sequence < this.next) return [];
    if (sequence === this.next && body.length === length) return this.whole([{ type, sequence, body }]); // nothing else counts
    let part = this.parts.find((other) => other.sequence === sequence && other.type === type && other.bytes.length === length);
    if (part === undefined) {
      if (this.parts.length === PARTS_MAX && sequence !== this.next) return [];
      if (this.parts.length === PARTS_MAX) this.parts = [];
      this.parts.push(part = { type, sequence, bytes: new Array<number | undefined>(length).fill(undefined) });
    }
    for (const [i, byte] of body.entries()) part.bytes[offset + i] = byte;
    return this.whole([]);
  }

  /** These messages, and those behind them that are whole. */
  private whole(messages: Message[]): Message[] {
    if (messages.length > 0) this.next++;
    for (;;) {
      this.parts = this.parts.filter(({ sequence }) => sequence >= this.next);
      const part = this.parts.find(({ sequence, bytes }) => sequence === this.next && !bytes.includes(undefined));
      if (part === undefined) return messages;
      messages.push({ type: part.type, sequence: this.next++, body: Buffer.from(part.bytes as number[]) });
    }
  }
}
