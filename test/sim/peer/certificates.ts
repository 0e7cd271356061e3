// Who a peer is in ECDHE_ECDSA: certificates or raw public keys, requests for them, and signatures (RFC 5246 §7.4.2 to §7.4.8,
// RFC 7250, RFC 8422 §5.4).
import { createPublicKey, verify, X509Certificate, type KeyObject } from 'node:crypto';
import { RAW_KEY, X509, type PeerOptions } from './options.js';
import * as Wire from './wire.js';

export const ECDSA_SHA256 = 0x0403;
const ECDSA_SIGN = 64;

/** The items of a list of vectors with a length of three bytes each. */
function itemsOf(list: Buffer): Buffer[] {
  const items: Buffer[] = [];
  for (const reader = new Wire.Reader(list); !reader.isDone;) items.push(reader.vector(3));
  return items;
}

export class Certificates {
  /** What both sides agreed on. */
  ownType = X509;
  peerType = X509;
  /** The server asked the client, who is to answer. */
  isAsked = false;
  /** What the other side sent: DER, its own first. */
  received: Buffer[] = [];
  /** It proved that it has the key to this. */
  isProven = false;
  private peerKey: KeyObject | undefined;

  constructor(private readonly options: PeerOptions) {}

  // ── hellos ───────────────────────────────────────────────────────────────────────────────────────────────────────

  /** A client's offer. */
  offer(): Wire.Extension[] {
    const { ownTypes = [X509], peerTypes = [X509], algorithms = [ECDSA_SHA256] } = this.options;
    const types = (list: number[]) => Wire.vector(1, Buffer.from(list));
    const isMore = (list: number[]) => list.some((type) => type !== X509); // 7250-4.1-1
    return [
      [Wire.SIGNATURE_ALGORITHMS, Wire.vector(2, ...algorithms.map((one) => Wire.uint(one, 2)))],
      ...(isMore(ownTypes) ? [[Wire.CLIENT_CERTIFICATE_TYPE, types(ownTypes)] as Wire.Extension] : []),
      ...(isMore(peerTypes) ? [[Wire.SERVER_CERTIFICATE_TYPE, types(peerTypes)] as Wire.Extension] : []),
    ];
  }

  /** A server's answer to the client's extensions; it settles the types. */
  answer(hello: Buffer): Wire.Extension[] {
    const { ownTypes = [X509], peerTypes = [X509], asks = false } = this.options;
    const answers: Wire.Extension[] = [];
    const settle = (extension: number, mine: number[]) => {
      const offered = Wire.extensionIn(hello, extension);
      if (offered === undefined) return X509;
      const list = [...new Wire.Reader(offered).vector(1)];
      const chosen = mine.find((type) => list.includes(type)) ?? mine[0]!;
      answers.push([extension, Buffer.from([chosen])]);
      return chosen;
    };
    if (asks) this.peerType = settle(Wire.CLIENT_CERTIFICATE_TYPE, peerTypes); // 7250-4.2-1
    this.ownType = settle(Wire.SERVER_CERTIFICATE_TYPE, ownTypes);
    return answers;
  }

  /** The server's answer, read by the client: one byte each (7250-3-2). */
  settle(hello: Buffer): void {
    const chosen = (extension: number) => {
      const data = Wire.extensionIn(hello, extension);
      if (data !== undefined && data.length !== 1) throw new Error('a certificate type that is no byte');
      return data?.[0] ?? X509;
    };
    this.ownType = chosen(Wire.CLIENT_CERTIFICATE_TYPE);
    this.peerType = chosen(Wire.SERVER_CERTIFICATE_TYPE);
  }

  // ── messages ─────────────────────────────────────────────────────────────────────────────────────────────────────

  /** The body of our Certificate message. */
  certificate(): Buffer {
    const { credential } = this.options;
    if (this.ownType === RAW_KEY) return Wire.vector(3, credential?.key.info ?? Buffer.alloc(0)); // 7250-3-1
    return Wire.vector(3, ...(credential?.certificates ?? []).map((one) => Wire.vector(3, one)));
  }

  request(): Buffer {
    const { algorithms = [ECDSA_SHA256] } = this.options;
    return Buffer.concat([Wire.vector(1, Buffer.from([ECDSA_SIGN])),
      Wire.vector(2, ...algorithms.map((one) => Wire.uint(one, 2))), Wire.vector(2)]);
  }

  /** DigitallySigned: the algorithm and a signature over this. */
  signed(content: Buffer): Buffer {
    const { algorithm = ECDSA_SHA256, credential, sign = credential!.key.sign } = this.options;
    return Buffer.concat([Wire.uint(algorithm, 2), Wire.vector(2, sign(content))]);
  }

  /** Reads the other side's Certificate message. */
  take(body: Buffer): void {
    const reader = new Wire.Reader(body), list = reader.vector(3);
    if (!reader.isDone) throw new Error('bytes behind a Certificate');
    this.received = this.peerType === RAW_KEY ? [list] : itemsOf(list);
    const [first] = this.received;
    if (first === undefined || first.length === 0) return;
    this.peerKey = this.peerType === RAW_KEY ? createPublicKey({ key: first, format: 'der', type: 'spki' })
      : new X509Certificate(first).publicKey;
  }

  /** Reads a DigitallySigned over this; throws if the key of the other side's Certificate did not make it. */
  check(content: Buffer, struct: Buffer): void {
    const reader = new Wire.Reader(struct), algorithm = reader.uint(2), signature = reader.vector(2);
    if (!reader.isDone) throw new Error('bytes behind a signature');
    if (algorithm !== ECDSA_SHA256) throw new Error(`a signature of the algorithm ${algorithm.toString(16)}`);
    if (this.peerKey === undefined) throw new Error('a signature, but no certificate');
    if (!verify('sha256', content, this.peerKey, signature)) throw new Error('a signature that does not verify');
    this.isProven = true;
  }
}
