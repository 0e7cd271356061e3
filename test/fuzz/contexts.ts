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
export const CONTEXT_BYTES = 1_000;

export type Credentials = 'pre-shared' | 'raw keys' | 'certificates';

const NOTHING = Buffer.alloc(0);
const SIGNED = [CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8, CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_CCM];
const PRESHARED = [CipherSuite.TLS_PSK_WITH_AES_128_CCM_8, CipherSuite.TLS_PSK_WITH_AES_128_CCM];

function pick<T>(random: Random, list: readonly T[]): T {
  return list[random.below(list.length)]!;
}

/** A good record for `context`, at most about 1,100 bytes. */
export function contextRecord(random: Random, isServer: boolean, credentials: Credentials): Buffer {
  const fields = new Int32Array(ContextField.COUNT), isSigned = credentials !== 'pre-shared';
  fields[ContextField.FLAGS] = random.below(4) | (isSigned ? flagsOf(random, isServer, credentials) : 0);
  (isSigned ? SIGNED : PRESHARED).forEach((suite, i) => { fields[ContextField.SUITES + i] = suite; });
  fields[ContextField.MTU] = pick(random, [100, 110, 128, 150, 300, 1_500]);
  fields[ContextField.INITIAL_MS] = pick(random, [1, 100, 1_000]);
  fields[ContextField.MAX_MS] = 60_000;
  fields[ContextField.HANDSHAKE_MS] = pick(random, [1, 20_000, 60_000, 60_000]);
  fields[ContextField.CID_LENGTH] = -1;
  const parts = isSigned ? signedParts(isServer, credentials) : presharedParts(random, isServer);
  parts.forEach((part, i) => { fields[ContextField.IDENTITY_LENGTH + i] = part.length; });
  return Buffer.concat([Buffer.from(fields.buffer), ...parts]);
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
