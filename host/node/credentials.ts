// What this side shows of itself: a chain of certificates, or a raw public key, and what signs for it.
import { KeyObject, X509Certificate } from 'node:crypto';
import { certificateList } from '../core/credentials.js';
import { readElements } from './der.js';
import { invalidValue, missing, outOfRange } from './errors.js';
import { coordinates, encoded, isDer, onP256, privateKey, publicKey, secretNumber } from './keys.js';
import type { Encoded } from './keys.js';
import type { Awaitable } from './psk.js';
import { nameOf } from './refusal.js';
import { callable, string } from './validate.js';

/** Signs 32 bytes, a SHA-256 hash: r and s of ECDSA, 32 bytes each, or both in DER. */
export type Sign = (digest: Buffer) => Awaitable<Uint8Array>;

/** Bytes of the Certificate message and of each certificate that their length takes (RFC 5246 §7.4.2). */
const LENGTH = 3;
const SIGNATURE = 64;
const PEM = /-----BEGIN (?:X509 )?CERTIFICATE-----[^-]*-----END (?:X509 )?CERTIFICATE-----/g;

/** Of one side; a signature comes from the key or, where that is in a secure element, from `sign`. */
export interface OwnCredentials {
  /** 32 bytes. */
  privateKey: Buffer | undefined;
  sign: Sign | undefined;
  /** X and Y, if it is shown as a raw public key (RFC 7250). */
  publicKey: Buffer | undefined;
  /** The body of our Certificate message, if certificates are shown. */
  certificates: Buffer | undefined;
}

/**
 * From `cert`, `key`, `passphrase`, `rawPublicKey` and `sign`; undefined if there is nothing to show. Throws ERR_MISSING_ARGS
 * and ERR_INVALID_ARG_VALUE, naming the option: of a certificate without its key, a key without a use, a pair that is none.
 */
export function ownCredentials(options: Record<string, unknown>): OwnCredentials | undefined {
  const { cert, key, passphrase, rawPublicKey, sign } = options;
  if (cert === undefined && (rawPublicKey === undefined || rawPublicKey === false)) {
    for (const name of ['key', 'passphrase', 'sign']) if (options[name] !== undefined) throw missing('options.cert');
    return undefined;
  }
  const chain = cert === undefined ? [] : withoutRoot(certificates('options.cert', cert));
  const phrase = passphrase === undefined ? undefined : string('options.passphrase', passphrase, true);
  if (key === undefined && sign === undefined) throw missing('options.key');
  if (key !== undefined && sign !== undefined) throw invalidValue('options.sign', 'cannot be combined with options.key');
  const secret = key === undefined ? undefined : privateKey('options.key', key, phrase);
  const shown = rawPublicKey === undefined || rawPublicKey === false ? undefined : rawKey(rawPublicKey, secret ?? chain[0]?.publicKey);
  checkPair(chain[0], secret, shown);
  return {
    privateKey: secret && secretNumber(secret),
    sign: sign === undefined ? undefined : callable<Sign>('options.sign', sign),
    publicKey: shown && coordinates(shown),
    certificates: chain.length === 0 ? undefined : Buffer.from(certificateList(chain.map(({ raw }) => raw))),
  };
}

/** `true`: the public half of `key`, or of the certificate's; else a key in PEM or DER. */
function rawKey(value: unknown, own: KeyObject | undefined): KeyObject {
  if (value !== true) return publicKey('options.rawPublicKey', value);
  if (own !== undefined) return own;
  throw invalidValue('options.rawPublicKey', 'must be the public key itself, where options.sign has the private one');
}

function checkPair(certificate: X509Certificate | undefined, secret: KeyObject | undefined, shown: KeyObject | undefined): void {
  if (certificate !== undefined) {
    onP256('options.cert', certificate.publicKey);
    if (secret !== undefined && !certificate.checkPrivateKey(secret)) {
      throw invalidValue('options.key', `does not belong to the certificate of ${nameOf(certificate)} in options.cert`);
    }
  }
  const other = secret ?? certificate?.publicKey;
  if (shown !== undefined && other !== undefined && !coordinates(shown).equals(coordinates(other))) {
    throw invalidValue('options.rawPublicKey', `does not belong to options.${secret === undefined ? 'cert' : 'key'}`);
  }
}

/** The anchor is the peer's own, and need not travel (iot13-cert-9); a chain that is nothing but a root stays. */
function withoutRoot(chain: X509Certificate[]): X509Certificate[] {
  const last = chain.at(-1)!;
  return chain.length > 1 && last.subject === last.issuer ? chain.slice(0, -1) : chain;
}

/** Certificates in PEM (any number in one text) or DER, one after the other. Throws ERR_INVALID_ARG_VALUE. */
export function certificates(name: string, value: unknown): X509Certificate[] {
  const given = Array.isArray(value) ? value as unknown[] : [value];
  const read = given.flatMap((item) => item instanceof X509Certificate ? [item] : readCertificates(name, encoded(name, item)));
  if (read.length === 0) throw invalidValue(name, 'holds no certificate');
  return read;
}

function readCertificates(name: string, given: string | Buffer): X509Certificate[] {
  const pems = isDer(given) ? [] : [...given.toString().matchAll(PEM)].map(([pem]) => pem);
  if (!isDer(given) && pems.length === 0) throw invalidValue(name, 'holds no certificate in PEM or DER');
  try {
    return (isDer(given) ? readElements(given).map(({ whole }) => whole) : pems).map((item) => new X509Certificate(item));
  } catch { // the words of OpenSSL's decoders say nothing to a user
    throw invalidValue(name, 'holds a certificate that cannot be read');
  }
}

/** The certificates of a Certificate message's list. Throws ERR_OUT_OF_RANGE if the lengths do not fit. */
export function splitList(body: Buffer): Buffer[] {
  const items: Buffer[] = [];
  for (let at = LENGTH; at < body.length;) {
    const end = at + LENGTH + body.readUIntBE(at, LENGTH);
    if (end > body.length) throw outOfRange('list', `<= ${body.length} bytes`, end);
    items.push(body.subarray(at + LENGTH, end));
    at = end;
  }
  return items;
}

/** r and s, 64 bytes, of what `sign` returned. Throws ERR_INVALID_ARG_VALUE. */
export function signature(value: unknown): Buffer {
  const name = 'the value returned by options.sign', given = encoded(name, value);
  if (typeof given !== 'string' && given.length === SIGNATURE) return given;
  try {
    if (!isDer(given as Buffer)) throw invalidValue(name, 'is no DER');
    const numbers = readElements(readElements(given as Buffer)[0]!.content);
    if (numbers.length !== 2) throw invalidValue(name, 'is not r and s');
    return Buffer.concat(numbers.map(({ content }) => {
      const short = content.subarray(Math.max(0, content.findIndex((byte) => byte !== 0)));
      return Buffer.concat([Buffer.alloc(SIGNATURE / 2 - short.length), short]);
    }));
  } catch {
    throw invalidValue(name, `must be r and s of ECDSA on P-256, ${SIGNATURE} bytes or DER`);
  }
}

export type CertificateInput = Encoded | X509Certificate | (Encoded | X509Certificate)[];
export type KeyInput = Encoded | KeyObject;
