// Certificates and raw public keys as users give them, for boards that have the module with both (RFC 7925 §4.3, §4.4).
import { CipherSuite, Question as QuestionKind } from '../../assembly/codes.js';
import { ContextFlag } from '../../assembly/records.js';
import { alertOfCheck } from '../../host/core/certificate-words.js';
import { certificateList } from '../../host/core/credentials.js';
import type { Association } from './association.js';
import { keyAnchor, publicKey, rootAnchor } from './anchors.js';
import { SUITES } from './board.js';
import { refusal } from './options.js';
import type { Read } from './options.js';
import type { Answer, ClientOptions, ServerOptions } from './port.js';

/** The options. */
export const CREDENTIALS = ['ca', 'cert', 'key', 'peerKeys', 'rawPublicKey', 'sign'];
/** The mandatory one first (7252-9.1.3.2-1, 7252-9.1.3.3-1). */
export const CERTIFICATE_SUITES = [
  CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8, CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_CCM,
];
const PRIVATE_KEY = 32;
/** Bytes of a Certificate message, and of each certificate, that their length takes. */
const LENGTH = 3;

type Given = { [name: string]: never };
type Target = ClientOptions | ServerOptions;

const itemsOf = (value: unknown): never[] => (value === undefined ? [] : Array.isArray(value) ? value : [value]) as never[];

/**
 * Brings keys, certificates and trust to the context's form. `hasPsk`: there is a pre-shared key as well. Throws
 * ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, naming the option.
 */
export function takeCredentials(target: Target, options: object, read: Read, hasPsk: boolean): void {
  const from = options as Given, isServer = 'accept' in target, isShowing = takeOwn(target, from, read);
  const isTrusting = takeAnchors(target, from, read);
  if (isTrusting && isServer) target.flags! |= ContextFlag.REQUEST_CERTIFICATE | ContextFlag.REQUIRE_CERTIFICATE;
  if (isShowing && !isServer && !isTrusting) throw misfit('ca or peerKeys must say which server is trusted');
  if (isTrusting && isServer && !isShowing) throw misfit('a server that asks for certificates needs one, or a rawPublicKey');
  const hasCertificates = isServer ? isShowing : isTrusting;
  if (!hasPsk && !hasCertificates) throw misfit(isServer ? 'psk, cert or rawPublicKey must be given' : 'psk, ca or peerKeys must be given');
  if (!hasCertificates) return;
  target.suites = CERTIFICATE_SUITES.concat(hasPsk ? SUITES : []);
  target.certify = (question, association) => {
    if (question.kind === QuestionKind.SIGN) return signed(from['sign']!, question.bytes, read);
    association.shown = question;
    return new Uint8Array([question.check === 0 ? 0 : alertOfCheck(question.check)]);
  };
}

/** A raw public key, or a peer's own certificate, in DER, once connected; undefined if it was the other, or a session was resumed. */
export function shownBy(association: Association | null | undefined, isRaw: boolean): ArrayBuffer | undefined {
  const shown = association?.shown;
  if (!shown || shown.isRaw !== isRaw || association!.maxPayload === 0) return undefined;
  const { bytes } = shown;
  const der = isRaw ? bytes.slice(LENGTH) : bytes.slice(2 * LENGTH, 2 * LENGTH + (bytes[3]! << 16 | bytes[4]! << 8 | bytes[5]!));
  return der.buffer as ArrayBuffer;
}

/** What we show; false if there is nothing. */
function takeOwn(target: Target, from: Given, read: Read): boolean {
  const chain = itemsOf(from['cert']).map((one) => read(one, 'cert')), { key, rawPublicKey, sign } = from;
  if (chain.length > 0) target.certificates = certificateList(chain);
  if (rawPublicKey !== undefined) target.publicKey = publicKey(read(rawPublicKey, 'rawPublicKey'), 'rawPublicKey');
  const isShowing = chain.length > 0 || rawPublicKey !== undefined;
  if (key !== undefined && sign !== undefined) throw misfit('key and sign exclude each other');
  if (isShowing !== (key !== undefined || sign !== undefined)) throw misfit('cert or rawPublicKey, and key or sign, go together');
  if (key !== undefined) target.privateKey = privateKey(read(key, 'key'));
  if (sign !== undefined) target.flags! |= ContextFlag.ASK_TO_SIGN;
  if (sign !== undefined && typeof sign !== 'function') throw refusal('ERR_INVALID_ARG_TYPE', 'sign must be a function', '');
  return isShowing;
}

function privateKey(key: Uint8Array): Uint8Array {
  if (key.length === PRIVATE_KEY) return key;
  throw refusal('ERR_INVALID_ARG_VALUE', 'key must be the 32 bytes of a private key on P-256', 'They stand in its PKCS #8 form from byte 36 on.');
}

/** Whom we trust; false if nobody is said. The engine always asks, so that it can be told what the peer showed. */
function takeAnchors(target: Target, from: Given, read: Read): boolean {
  const roots = itemsOf(from['ca']).map((one) => rootAnchor(read(one, 'ca')));
  const keys = itemsOf(from['peerKeys']).map((one) => keyAnchor(typeof one === 'string' ? one : read(one, 'peerKeys')));
  const anchors = roots.concat(keys), bytes: number[] = [];
  if (anchors.length === 0) return false;
  for (const anchor of anchors) for (const byte of anchor) bytes.push(byte);
  target.anchors = new Uint8Array(bytes);
  target.flags! |= ContextFlag.ASK_TRUST | (roots.length > 0 ? ContextFlag.PEER_CERTIFICATE : 0) |
    (keys.length > 0 ? ContextFlag.PEER_RAW_KEY : 0);
  return true;
}

/** r and s, 64 bytes, of what the user's function makes of a hash. */
function signed(sign: (hash: ArrayBuffer) => never, hash: Uint8Array, read: Read): Answer {
  const given = sign(hash.buffer as ArrayBuffer) as unknown, bytes = (value: unknown) => read(value as never, 'what sign returns');
  return given instanceof Promise ? given.then(bytes) : bytes(given);
}

function misfit(message: string): Error {
  return refusal('ERR_INVALID_ARG_VALUE', message, 'A client needs `ca` or `peerKeys`, a server `cert` or `rawPublicKey` with its `key`.');
}
