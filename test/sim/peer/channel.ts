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
  /** What the engine wants to be sent as its CID; empty for none. */
  theirCid: Buffer = EMPTY;
  /** It must send ours. */
  private hasOwnCid = false;
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
    if (this.theirCid.length > 0) return this.wrapped(Buffer.concat([text, Buffer.from([type])]), sequence);
    return Wire.record(type, 1, sequence, Keys.seal(this.suite, this.mine, type, 1, sequence, text));
  }

  /** RFC 9146 §4: a record of type tls12_cid around any DTLSInnerPlaintext. */
  wrapped(inner: Uint8Array, sequence = this.writeSequences[1]!++, cid = this.theirCid): Buffer {
    const body = Keys.seal(this.suite, this.mine, Wire.TLS12_CID, 1, sequence, inner, undefined, cid);
    return Wire.record(Wire.TLS12_CID, 1, sequence, body, undefined, cid);
  }

  /** RFC 9853 §4. */
  check(type: number, cookie: Uint8Array): Buffer {
    return this.sealed(Wire.RETURN_ROUTABILITY_CHECK, Buffer.concat([Buffer.from([type]), cookie]));
  }

  /** What the engine's hello says of CIDs, which is of use only if both sides speak of them. */
  protected learnCid(extensions: Buffer): void {
    const found = Wire.extensionsOf(extensions).find(([type]) => type === Wire.CONNECTION_ID);
    const { cid } = this.options;
    if (found === undefined || cid === undefined) return;
    this.theirCid = found[1].subarray(1);
    this.hasOwnCid = cid.length > 0;
  }

  /** The type and text of a protected record; throws if there is anything wrong with it. */
  protected open({ type, epoch, sequence, cid, body }: Wire.DtlsRecord): { type: number; body: Buffer } {
    if (this.hasOwnCid !== (type === Wire.TLS12_CID)) throw new Error(`its type is ${type}`);
    if (this.hasOwnCid && !cid.equals(this.options.cid!)) throw new Error('its CID is not ours');
    const theirs = this.options.role === 'client' ? this.keys!.server : this.keys!.client;
    const text = Keys.open(this.suite, theirs, type, epoch, sequence, body, cid);
    if (type !== Wire.TLS12_CID) return { type, body: text };
    let end = text.length - 1;
    while (text[end] === 0) end--;
    return { type: text[end]!, body: text.subarray(0, end) };
  }

  private get mine(): Keys.Direction {
    return this.options.role === 'client' ? this.keys!.client : this.keys!.server;
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
      return { type, epoch: type === Wire.FINISHED && this.keys !== undefined ? 1 : epoch, sequence, body };
    });
    return this.pack(this.flight);
  }

  protected hash({ type, sequence, body }: Message): void {
    if (type === Wire.CLIENT_HELLO) this.transcript = EMPTY; // the first hello and its answer do not count
    this.transcript = Buffer.concat([this.transcript, Wire.whole(type, sequence, body)]);
    if (type === Wire.CLIENT_KEY_EXCHANGE) this.sessionHash = Keys.sha256(this.transcript);
  }
}
