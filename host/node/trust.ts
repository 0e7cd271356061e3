// Whom this side trusts, and its answer to the engine's question about a peer's certificate or raw public key.
import { createHash, createPublicKey, X509Certificate } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { isIP } from 'node:net';
import { rootCertificates } from 'node:tls';
import { CertificateCheck, TrustAnchor, TrustAnswer } from '../../assembly/certificate-codes.js';
import { ContextFlag } from '../../assembly/records.js';
import { trustAnchor } from '../core/credentials.js';
import { CLIENT_AUTH, partsOf, SERVER_AUTH } from './certificate.js';
import { certificates, splitList } from './credentials.js';
import { missing } from './errors.js';
import { coordinates, isP256, keyInfo, keyName } from './keys.js';
import { followPath } from './path.js';
import { trustedKeys } from './peer-keys.js';
import type { TrustedKeys } from './peer-keys.js';
import { after } from './psk.js';
import type { Awaitable } from './psk.js';
import { refusedByVerify, refuse } from './refusal.js';
import type { Refusal } from './refusal.js';
import { boolean, callable } from './validate.js';

/** What is known of a peer: all that it showed, or of a session resumed the name of the key that it proved then. */
export interface KnownPeer {
  /** Its certificate; undefined if it showed a raw public key. */
  readonly certificate: X509Certificate | undefined;
  /** All that it sent, its own first. */
  readonly chain: readonly X509Certificate[];
  readonly publicKey: KeyObject | undefined;
  /** ni:///sha-256;… (RFC 6920): the key's name. */
  readonly keyName: string;
  /** Whether it passed `ca`, `peerKeys` and the check of its name. */
  readonly authorized: boolean;
  readonly authorizationError: string | undefined;
}

/** What a peer showed, and what was found. */
export interface PeerIdentity extends KnownPeer {
  readonly publicKey: KeyObject;
}

/**
 * The last word on a peer that is authorized, or need not be: false, or an error thrown, refuses it. Revocation lists are looked
 * up here, as neither OCSP nor CRLs are part of a handshake (7925-4.4.3-1).
 */
export type Verify = (peer: PeerIdentity) => Awaitable<boolean | void>;

/** What the engine asks about. */
export interface Shown {
  /** The body of the Certificate message. */
  body: Buffer;
  check: CertificateCheck;
  isRaw: boolean;
  /** On a client: the server's name, or address where it has none; '' for any. */
  name: string;
}

/** The alert to answer with, or a TrustAnswer, and who it is about where that could be read. */
export interface Judgement {
  alert: number;
  peer: PeerIdentity | undefined;
  refusal: Refusal | undefined;
}

/** A context holds no more; with more of them the engine gets none, and all is decided here. */
const ANCHORS_MAX = 4096;
/** What a session lasts (assembly/limits.ts). */
const SESSION_MS = 604_800_000;
/** What the engine found of a chain whose own certificate passed, and this host may know better. */
const BEYOND = new Set([CertificateCheck.ISSUER, CertificateCheck.SIGNATURE_ALGORITHM, CertificateCheck.CHAIN_LENGTH,
  CertificateCheck.TIME_UNKNOWN]);
/** What leaves no key to go on with. */
const FATAL = new Set([CertificateCheck.LIST, CertificateCheck.ABSENT, CertificateCheck.ENCODING, CertificateCheck.VERSION,
  CertificateCheck.CRITICAL_EXTENSION, CertificateCheck.KEY, CertificateCheck.RAW_KEY_ENCODING, CertificateCheck.RAW_KEY_ALGORITHM]);

/** What a Certificate message holds; no chain if it is a raw public key. */
type Sent = Pick<PeerIdentity, 'chain' | 'publicKey'>;

export class Trust {
  readonly #isServer: boolean;
  readonly #roots: readonly X509Certificate[];
  readonly #keys: TrustedKeys;
  readonly #isRequired: boolean;
  readonly #verify: Verify | undefined;
  #list: Buffer | undefined;

  /**
   * From `ca`, `peerKeys`, `verify`, `rejectUnauthorized`. Throws ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, and
   * ERR_MISSING_ARGS if a server is to require certificates of nobody.
   */
  constructor(options: Record<string, unknown>, isServer: boolean) {
    const { ca, peerKeys, verify, rejectUnauthorized } = options;
    this.#isServer = isServer;
    this.#keys = trustedKeys(peerKeys);
    this.#isRequired = rejectUnauthorized === undefined || boolean('options.rejectUnauthorized', rejectUnauthorized);
    this.#verify = verify === undefined ? undefined : callable<Verify>('options.verify', verify);
    if (isServer && this.#isRequired && ca === undefined && peerKeys === undefined) throw missing('options.ca');
    this.#roots = ca !== undefined ? certificates('options.ca', ca) : isServer || peerKeys !== undefined ? [] : publicRoots();
  }

  /** Bits of ContextFlag: what is asked of the peer, and taken. The engine always asks, as sessions tell what their peer showed. */
  get flags(): number {
    const keys = this.#keys.hashes.length > 0 || this.#keys.find !== undefined;
    const certificates = this.#roots.length > 0 || this.#keys.fingerprints.size > 0;
    return ContextFlag.ASK_TRUST |
      (keys || !this.#isRequired ? ContextFlag.PEER_RAW_KEY : 0) |
      (certificates || !this.#isRequired ? ContextFlag.PEER_CERTIFICATE : 0) |
      (this.#isServer ? ContextFlag.REQUEST_CERTIFICATE : 0) |
      (this.#isServer && this.#isRequired ? ContextFlag.REQUIRE_CERTIFICATE : 0);
  }

  /**
   * The engine's list, empty if it is too long. A session is resumed under the same list alone, so what else is decided here stands
   * in it as one more authority, which nobody has. `name`: of the server, where the engine is not told.
   */
  anchors(name: string): Buffer {
    const { fingerprints, hashes } = this.#keys;
    const list = this.#list ??= Buffer.concat([...hashes.map((hash) => trustAnchor(TrustAnchor.KEY, hash)), ...this.#roots.map(anchorOf)]);
    const isTooLong = list.length > ANCHORS_MAX;
    if (!isTooLong && name === '' && fingerprints.size === 0 && !this.#asksEachTime) return list;
    const beyond = JSON.stringify([name, [...fingerprints].sort(), this.#asksEachTime]);
    const mark = trustAnchor(TrustAnchor.FOREIGN_ROOT, createHash('sha256').update(list).update(beyond).digest());
    return isTooLong ? Buffer.from(mark) : Buffer.concat([list, mark]);
  }

  /** The user's functions hear of a peer in every handshake, as what they know may change. */
  get #asksEachTime(): boolean { return this.#verify !== undefined || this.#keys.find !== undefined; }

  /** Whether a session may stand for what the peer showed: that was enough, and will be for as long as a session lasts. */
  #isRememberable({ authorized, chain }: PeerIdentity): boolean {
    return authorized && !this.#asksEachTime && chain.every(({ validTo }) => Date.parse(validTo) - Date.now() >= SESSION_MS);
  }

  /** Whether a peer that was judged earlier may go on without being asked again. */
  takes(peer: KnownPeer | undefined, isSigned: boolean): boolean {
    return !this.#isRequired || (peer === undefined ? !isSigned : peer.authorized);
  }

  /** Decides on what a peer showed; rejects with what the user's functions throw. */
  judge(shown: Shown): Awaitable<Judgement> {
    const sent = readSent(shown);
    if (sent === undefined || FATAL.has(shown.check)) {
      return refused(undefined, refuse(shown.check || CertificateCheck.ENCODING, shown.name, sent?.chain[0] ?? sent?.publicKey));
    }
    return after(this.#refusalOf(shown, sent), (refusal) => this.#decide(sent, refusal));
  }

  #decide(sent: Sent, refusal: Refusal | undefined): Awaitable<Judgement> {
    const peer: PeerIdentity = { ...sent, certificate: sent.chain[0], keyName: keyName(sent.publicKey),
      authorized: refusal === undefined, authorizationError: refusal?.authorizationError };
    if (refusal !== undefined && this.#isRequired) return refused(peer, refusal);
    return after(this.#verify?.(peer), (verdict) => verdict === false ?
      refused(peer, refusedByVerify(peer.certificate ?? peer.publicKey)) :
      { alert: this.#isRememberable(peer) ? TrustAnswer.TRUSTED : TrustAnswer.PASSING, peer, refusal: undefined });
  }

  /** What speaks against the peer, undefined if nothing does. */
  #refusalOf(shown: Shown, { chain, publicKey }: Sent): Awaitable<Refusal | undefined> {
    const { find, fingerprints } = this.#keys, [certificate] = chain;
    if (certificate === undefined) {
      if (shown.check === CertificateCheck.NONE || this.#isPinned(publicKey)) return undefined;
      const refusal = () => refuse(shown.check, shown.name, publicKey);
      if (find === undefined) return refusal();
      return after(find(keyName(publicKey), publicKey), (isKnown) => isKnown === true ? undefined : refusal());
    }
    if (fingerprints.has(certificate.fingerprint256) || this.#isPinned(publicKey)) return undefined;
    const { check, at } = this.#check(shown, chain);
    return check === CertificateCheck.NONE ? undefined : refuse(check, shown.name, at);
  }

  /** What is wrong with a chain, and with which of its certificates: the engine's word, unless it is beyond its profile. */
  #check({ check, name }: Shown, chain: readonly X509Certificate[]): { check: CertificateCheck; at: X509Certificate } {
    const leaf = chain[0]!;
    if (check === CertificateCheck.NONE) return { check: isFor(leaf, name) ? check : CertificateCheck.NAME, at: leaf };
    const purpose = this.#isServer ? CLIENT_AUTH : SERVER_AUTH;
    const found = followPath(chain, { anchors: this.#roots, purpose, now: new Date() });
    if (!BEYOND.has(check)) return { check, at: found.check === check ? found.certificate : leaf };
    if (!isFor(leaf, name)) return { check: CertificateCheck.NAME, at: leaf };
    return { check: found.check, at: found.certificate };
  }

  #isPinned(key: KeyObject): boolean {
    const hash = createHash('sha256').update(keyInfo(key)).digest();
    return this.#keys.hashes.some((pinned) => pinned.equals(hash.subarray(0, pinned.length)));
  }
}

/** Those of Node's own bundle, where a client names no `ca`, as in node:tls. */
let bundled: X509Certificate[] | undefined;
const publicRoots = (): X509Certificate[] => bundled ??= rootCertificates.map((pem) => new X509Certificate(pem));

/** The engine knows no addresses, and not the name of a server that is to be told none (7925-4.4.1-1, 7925-4.4.1-3, 7925-4.4.1-4). */
function isFor(certificate: X509Certificate, name: string): boolean {
  if (name === '') return true;
  const found = isIP(name) !== 0 ? certificate.checkIP(name) : certificate.checkHost(name, { subject: 'never', wildcards: false });
  return found !== undefined;
}

/** SHA-256 of the subject's Name, and the key where the engine can use it. */
function anchorOf(certificate: X509Certificate): Uint8Array {
  const { publicKey } = certificate, subject = createHash('sha256').update(partsOf(certificate).subject).digest();
  return isP256(publicKey) ? trustAnchor(TrustAnchor.ROOT, Buffer.concat([subject, coordinates(publicKey)])) :
    trustAnchor(TrustAnchor.FOREIGN_ROOT, subject);
}

/** Undefined if it cannot be read. The engine is stricter than OpenSSL: where it is not, there is no trust in what it read. */
function readSent({ body, isRaw }: Shown): Sent | undefined {
  try {
    if (isRaw) return { chain: [], publicKey: createPublicKey({ key: body.subarray(3), format: 'der', type: 'spki' }) };
    const chain = splitList(body).map((raw) => new X509Certificate(raw));
    return chain.length === 0 ? undefined : { chain, publicKey: chain[0]!.publicKey };
  } catch {
    return undefined;
  }
}

function refused(peer: PeerIdentity | undefined, refusal: Refusal): Judgement {
  return { alert: refusal.alert, peer, refusal };
}
