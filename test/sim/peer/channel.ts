// What a peer needs to speak, whatever it says: records of both epochs, flights that are numbered, hashed, cut and repeated.
import * as Keys from './keys.js';
import { CHANGE_CIPHER_SPEC, type Item, type PeerOptions } from './options.js';
import type { Message } from './reassembler.js';
import * as Wire from './wire.js';

interface Sent {
  type: number;
  epoch: number;
  sequence: number;
  body: Buffer;
}

export const EMPTY = Buffer.alloc(0);

export class Channel {
  /** Next record numbers, by epoch. */
  readonly writeSequences = [0, 0];
  keys: Keys.Keys | undefined;
  suite = 0;
  transcript: Buffer = EMPTY;
  /** Of the messages to ClientKeyExchange. */
  protected sessionHash: Buffer = EMPTY;
  /** Our next message_seq. */
  sendSequence = 0;
  private flight: Sent[] = [];

  constructor(readonly options: PeerOptions) {}

  /** The last flight once more: new record numbers, the rest as it was. */
  repeat(): Buffer[] {
    return this.pack(this.flight);
  }

  data(text: Uint8Array): Buffer {
    return this.sealed(Wire.DATA, text);
  }

  alert(level: number, description: number): Buffer {
    return this.keys === undefined
      ? this.plain(Wire.ALERT, Buffer.from([level, description]))
      : this.sealed(Wire.ALERT, Buffer.from([level, description]));
  }

  /** A record of epoch 0 around any body. */
  plain(type: number, body: Uint8Array, sequence = this.writeSequences[0]!++): Buffer {
    return Wire.record(type, 0, sequence, body);
  }

  /** A record of epoch 1 around any text, with a valid tag. */
  sealed(type: number, text: Uint8Array, sequence = this.writeSequences[1]!++): Buffer {
    const mine = this.options.role === 'client' ? this.keys!.client : this.keys!.server;
    return Wire.record(type, 1, sequence, Keys.seal(this.suite, mine, type, 1, sequence, text));
  }

  /** The records of this message, each fragment in one. */
  recordsFor({ type, epoch, sequence, body }: Sent): Buffer[] {
    if (type === CHANGE_CIPHER_SPEC) return [this.plain(Wire.CCS, body)];
    const cuts = this.options.cut?.({ type, sequence, body }) ?? [[0, body.length]];
    return cuts.map(([offset, length]) => {
      const part = Wire.fragment({ type, length: body.length, sequence, offset, body: body.subarray(offset, offset + length) });
      return epoch === 0 ? this.plain(Wire.HANDSHAKE, part) : this.sealed(Wire.HANDSHAKE, part);
    });
  }

  private pack(flight: readonly Sent[]): Buffer[] {
    const records = flight.flatMap((sent) => this.recordsFor(sent));
    return this.options.apart === true || records.length === 0 ? records : [Buffer.concat(records)];
  }

  /** Numbers and hashes what the test made of the flight, and sends it. */
  protected speak(items: Item[]): Buffer[] {
    let epoch = 0;
    this.flight = (this.options.edit?.(items) ?? items).map(({ type, make }) => {
      const body = make();
      if (type === CHANGE_CIPHER_SPEC) {
        epoch = 1;
        return { type, epoch: 0, sequence: 0, body };
      }
      const sequence = this.sendSequence++;
      if (type !== Wire.HELLO_VERIFY_REQUEST) this.hash({ type, sequence, body });
      return { type, epoch: type === Wire.FINISHED ? 1 : epoch, sequence, body };
    });
    return this.pack(this.flight);
  }

  protected hash({ type, sequence, body }: Message): void {
    if (type === Wire.CLIENT_HELLO) this.transcript = EMPTY; // the first hello and its answer do not count
    this.transcript = Buffer.concat([this.transcript, Wire.whole(type, sequence, body)]);
    if (type === Wire.CLIENT_KEY_EXCHANGE) this.sessionHash = Keys.sha256(this.transcript);
  }
}
