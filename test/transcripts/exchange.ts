// What a peer of a transcript has beside a pre-shared key: an ephemeral key on P-256, a certificate or raw public key, and the signatures
// that prove it (RFC 8422 §5.4 to §5.8, RFC 5246 §7.4.2 and §7.4.8, RFC 7250 §3). Its random choices are none: each page reads alike.
import { createECDH, createPublicKey, verify, X509Certificate } from 'node:crypto';
import * as People from '../certificates/people.js';
import type { Credential } from '../sim/peer/options.js';
import { sha256 } from './crypto.js';
import { uint, vector } from './wire.js';

const ECDSA_SHA256 = 0x0403;
/** named_curve, secp256r1 */
const CURVE = Buffer.from('030017', 'hex');
/** Curve, length, point. */
const PARAMETERS = 69;
const POINT = 65;

export class Exchange {
  /** RFC 8422 §5.10: X of both keys' product; null before the peer's key is known. */
  shared: Buffer | null = null;
  private readonly credential: Credential;
  private readonly curve = createECDH('prime256v1');
  /** The Certificate of the engine. */
  private seen: Buffer = Buffer.alloc(3);

  constructor(role: 'client' | 'server', private readonly isRaw: boolean) {
    this.credential = People[role];
    this.curve.setPrivateKey(sha256(Buffer.from(`ephemeral key of a ${role}`)));
  }

  certificate(): Buffer {
    if (this.isRaw) return vector(3, this.credential.key.info);
    return vector(3, Buffer.concat(this.credential.certificates.map((one) => vector(3, one))));
  }

  /** Our point, as it ends ClientKeyExchange and ServerECDHParams. */
  point(): Buffer {
    return vector(1, this.curve.getPublicKey());
  }

  serverKeyExchange(randoms: Buffer): Buffer {
    const parameters = Buffer.concat([CURVE, this.point()]);
    return Buffer.concat([parameters, this.signed(Buffer.concat([randoms, parameters]))]);
  }

  signed(content: Buffer): Buffer {
    return Buffer.concat([uint(ECDSA_SHA256, 2), vector(2, this.credential.key.sign(content))]);
  }

  // ── what it hears ───────────────────────────────────────────────────────────────────────────────────────────────────

  takeCertificate(body: Buffer): void {
    this.seen = body;
  }

  takeServerKeyExchange(body: Buffer, randoms: Buffer): void {
    this.check(Buffer.concat([randoms, body.subarray(0, PARAMETERS)]), body.subarray(PARAMETERS), 'ServerKeyExchange');
    this.shared = this.curve.computeSecret(body.subarray(PARAMETERS - POINT, PARAMETERS));
  }

  takeClientKeyExchange(body: Buffer): void {
    this.shared = this.curve.computeSecret(body.subarray(1));
  }

  /** Throws if the key of the engine's Certificate did not sign this. */
  check(content: Buffer, struct: Buffer, name: string): void {
    const key = this.isRaw ? createPublicKey({ key: this.seen.subarray(3), format: 'der', type: 'spki' })
      : new X509Certificate(this.seen.subarray(6)).publicKey;
    if (!verify('sha256', content, key, struct.subarray(4))) throw new Error(`the engine's signature in ${name} does not verify`);
  }
}
