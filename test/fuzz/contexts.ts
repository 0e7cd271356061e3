// Contexts as they should be, and what answers their questions: with pre-shared keys, or with signed suites and raw public keys or
// certificates.
import { CipherSuite } from '../../assembly/codes.js';
import { ContextField, ContextFlag } from '../../assembly/records.js';
import type { Random } from '../../host/fleet/random.js';
import { keyAnchor, listOf, rootAnchor } from '../certificates/factory.js';
import * as People from '../certificates/people.js';

export const KEY = Buffer.from('a key for fuzzing');
/** Long enough to be cut at the smaller MTUs. */
export const IDENTITY = Buffer.alloc(90, 'fuzz');
/** Bytes of the parts of the longest context. */
export const CONTEXT_BYTES = 1_300;

export type Credentials = 'pre-shared' | 'raw keys' | 'certificates';

const NOTHING = Buffer.alloc(0);
const SIGNED = [CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8, CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_CCM];
const PRESHARED = [CipherSuite.TLS_PSK_WITH_AES_128_CCM_8, CipherSuite.TLS_PSK_WITH_AES_128_CCM];

function pick<T>(random: Random, list: readonly T[]): T {
  return list[random.below(list.length)]!;
}

/** What both ends of a campaign may have beside the least. */
export interface Features {
  /** Bits of ContextFlag for all contexts: tickets, sessions, paths. */
  flags: number;
  /** Of the CIDs of both contexts of a side; -1 for none. */
  cidLength: number;
  hasNames: boolean;
  /** A client's, to resume with; empty for none. */
  session: Buffer;
  isGentle: boolean;
}
export const PLAIN: Features = { flags: 0, cidLength: -1, hasNames: false, session: NOTHING, isGentle: false };

export function anyFeatures(random: Random): Features {
  const { TICKETS, SESSIONS, RETURN_ROUTABILITY, NEWEST_PATH, BASIC_PATH_CHECK, HIDE_IDENTITY } = ContextFlag;
  const flags = [TICKETS | SESSIONS, SESSIONS, RETURN_ROUTABILITY, NEWEST_PATH, BASIC_PATH_CHECK, HIDE_IDENTITY]
    .reduce((all, flag) => all | (random.chance(0.5) ? flag : 0), 0);
  return { flags, cidLength: pick(random, [-1, 0, 1, 2, 3, 8, 20]), hasNames: random.chance(0.5), session: NOTHING, isGentle: false };
}

/** A good record for `context`, at most about 1,400 bytes. */
export function contextRecord(random: Random, isServer: boolean, credentials: Credentials, features: Features): Buffer {
  const fields = new Int32Array(ContextField.COUNT), isSigned = credentials !== 'pre-shared';
  fields[ContextField.FLAGS] = random.below(4) | (isSigned ? flagsOf(random, isServer, credentials) : 0);
  (isSigned ? SIGNED : PRESHARED).forEach((suite, i) => { fields[ContextField.SUITES + i] = suite; });
  fields[ContextField.MTU] = pick(random, features.isGentle ? [300, 1_500] : [100, 110, 128, 150, 300, 1_500]);
  fields[ContextField.INITIAL_MS] = pick(random, [1, 100, 1_000]);
  fields[ContextField.MAX_MS] = 60_000;
  fields[ContextField.HANDSHAKE_MS] = features.isGentle ? 60_000 : pick(random, [1, 20_000, 60_000, 60_000]);
  fields[ContextField.FLAGS]! |= features.flags | (isServer && features.hasNames && random.chance(0.5) ? ContextFlag.SERVES_NAME : 0);
  fields[ContextField.CID_LENGTH] = features.cidLength;
  if (features.hasNames) {
    fields[ContextField.RECORD_SIZE_LIMIT] = pick(random, [0, 0, 64, 300, 16_384]);
    if (!isServer) fields[ContextField.MAX_FRAGMENT_LENGTH] = pick(random, [0, 0, 512, 4_096]);
  }
  const parts = isSigned ? signedParts(isServer, credentials) : [...presharedParts(random, isServer), NOTHING, NOTHING, NOTHING, NOTHING];
  parts.push(...furtherParts(random, isServer, features));
  parts.forEach((part, i) => { fields[ContextField.IDENTITY_LENGTH + i] = part.length; });
  return Buffer.concat([Buffer.from(fields.buffer), ...parts]);
}

/** Name, protocols, the beginning of our CIDs, and a session. */
function furtherParts(random: Random, isServer: boolean, { hasNames, cidLength, session }: Features): Buffer[] {
  const protocols = hasNames && random.chance(0.5) ? Buffer.from('\x02co\x04coap') : NOTHING;
  return [hasNames ? Buffer.from(People.SERVER_NAME) : NOTHING, protocols, Buffer.alloc(Math.max(0, Math.min(cidLength, random.below(3))), 5),
    isServer ? NOTHING : session];
}

function presharedParts(random: Random, isServer: boolean): Buffer[] {
  const isAsked = isServer || random.chance(0.3);
  return [isServer && random.chance(0.5) ? NOTHING : IDENTITY, isAsked ? NOTHING : KEY];
}

/** Neither identity nor key; private and public key, certificates, trust anchors. */
function signedParts(isServer: boolean, credentials: Credentials): Buffer[] {
  const [own, peer] = isServer ? [People.server, People.client] : [People.client, People.server], { root } = People;
  return credentials === 'raw keys' ? [NOTHING, NOTHING, own.key.scalar, own.key.point, NOTHING, keyAnchor(peer.key.info)]
    : [NOTHING, NOTHING, own.key.scalar, NOTHING, listOf(own.certificates), rootAnchor(root.name, root.key)];
}

function flagsOf(random: Random, isServer: boolean, credentials: Credentials): number {
  const takes = credentials === 'raw keys' ? ContextFlag.PEER_RAW_KEY : ContextFlag.PEER_CERTIFICATE;
  const asks = isServer ? pick(random, [0, ContextFlag.REQUEST_CERTIFICATE, ContextFlag.REQUEST_CERTIFICATE | ContextFlag.REQUIRE_CERTIFICATE]) : 0;
  return takes | asks | (random.chance(0.3) ? ContextFlag.ASK_TRUST : 0) | (random.chance(0.1) ? ContextFlag.ASK_TO_SIGN : 0);
}

/** What a host says that knows: a key, that a peer is trusted, or now and then a signature, which is none. */
export function rightAnswer(random: Random, isServer: boolean, credentials: Credentials): Buffer {
  if (credentials !== 'pre-shared') return random.chance(0.8) ? Buffer.from([0]) : Buffer.alloc(64, 1);
  return isServer ? KEY : Buffer.concat([Buffer.from([IDENTITY.length]), IDENTITY, KEY]);
}
