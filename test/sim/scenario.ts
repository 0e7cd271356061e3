// What one seed means: the network, the two sides, their keys and how long answers take.
import { CipherSuite } from '../../assembly/codes.js';
import { PERFECT, type Conditions } from '../../host/fleet/impairment.js';
import { Random } from '../../host/fleet/random.js';
import type { Build } from '../modules.js';
import { ECDHE_ECDSA_CCM, ECDHE_ECDSA_CCM_8, ECDHE_ECDSA_GCM } from './peer/keys.js';
import { RAW_KEY, X509 } from './peer/options.js';

/** The rows of the table: what the network does, and how many seeds run it. A row's seeds start at its number times 10,000. */
export interface Row {
  loss: number;
  duplicate: number;
  reorder: number;
  corrupt: number;
  /** ECDHE_ECDSA with certificates and raw public keys, in place of pre-shared keys. */
  isSigned?: true;
  handshakes: number;
  /** How many of a hundred must finish within the handshake's time. */
  finish: number;
}

export const SEEDS_PER_ROW = 10_000;

export const ROWS: readonly Row[] = [
  { loss: 0, duplicate: 0, reorder: 0, corrupt: 0, handshakes: 600, finish: 100 },
  { loss: 0, duplicate: 0.05, reorder: 0.05, corrupt: 0, handshakes: 600, finish: 100 },
  { loss: 0.05, duplicate: 0.02, reorder: 0.05, corrupt: 0, handshakes: 1_000, finish: 100 },
  { loss: 0.1, duplicate: 0.05, reorder: 0.05, corrupt: 0, handshakes: 1_000, finish: 100 },
  { loss: 0.1, duplicate: 0.05, reorder: 0.05, corrupt: 0.02, handshakes: 600, finish: 0 },
  { loss: 0.2, duplicate: 0.05, reorder: 0.1, corrupt: 0, handshakes: 600, finish: 97 },
  { loss: 0.3, duplicate: 0.05, reorder: 0.1, corrupt: 0, handshakes: 1_000, finish: 97 },
  { isSigned: true, loss: 0, duplicate: 0.05, reorder: 0.05, corrupt: 0, handshakes: 100, finish: 100 },
  { isSigned: true, loss: 0.1, duplicate: 0.05, reorder: 0.05, corrupt: 0, handshakes: 100, finish: 100 },
  { isSigned: true, loss: 0.3, duplicate: 0.05, reorder: 0.1, corrupt: 0, handshakes: 100, finish: 90 },
];

export interface Scenario {
  seed: number;
  conditions: Conditions;
  clientBuild: Build;
  serverBuild: Build;
  /** Bytes of the largest datagram of both sides and of the path between them. */
  mtu: number;
  clientSuites: number[];
  serverSuites: number[];
  clientRequires: boolean;
  serverRequires: boolean;
  identity: Uint8Array;
  key: Uint8Array;
  /** The server's; empty for none. */
  hint: Uint8Array;
  /** The client has no key in its context and is asked. */
  clientAsked: boolean;
  /** How long an answer takes on either side, milliseconds; 0: none. */
  clientLateMs: number;
  serverLateMs: number;
  /** What is shown where keys are signed, X509 or RAW_KEY, and whether by both. */
  signed?: { type: number; isMutual: boolean };
}

/** RFC 6347's timers; a handshake has 300 s, as `profile: 'iot'` gives it. */
export const TIMERS = { initialMs: 1_000, maxMs: 60_000, handshakeMs: 300_000 };

const { TLS_PSK_WITH_AES_128_CCM_8: CCM_8, TLS_PSK_WITH_AES_128_CCM: CCM, TLS_PSK_WITH_AES_128_GCM_SHA256: GCM } =
  CipherSuite;

/** From 1,400 down to what still carries the second ClientHello whole, with a cookie and four suites: 97 bytes. */
const MTUS = [1_400, 1_280, 1_024, 512, 400, 256, 200, 160, 128, 100];

/** As MTUS, with the larger hello of signed suites. */
const SIGNED_MTUS = [1_400, 1_280, 1_024, 512, 400, 256, 200];

/** One of the list. */
function pick<T>(random: Random, list: readonly T[]): T {
  return list[random.below(list.length)]!;
}

/** Some of the list, in any order, and always `must`. */
function some(random: Random, list: readonly number[], must: number): number[] {
  const chosen = list.filter((suite) => suite === must || random.chance(0.5));
  return chosen.map((suite) => ({ suite, at: random.next() })).sort((a, b) => a.at - b.at).map(({ suite }) => suite);
}

/** How long an answer takes: mostly no time, else up to five seconds, in which the peer repeats its flight. */
function lateness(random: Random): number {
  return random.chance(0.75) ? 0 : 1 + random.below(5_000);
}

export function rowOf(seed: number): Row {
  const row = ROWS[Math.floor(seed / SEEDS_PER_ROW)];
  if (row === undefined) throw new RangeError(`no row of the table has the seed ${seed}`);
  return row;
}

export function scenarioOf(seed: number): Scenario {
  const scenario = presharedOf(seed);
  return rowOf(seed).isSigned ? { ...scenario, ...signedOf(seed, scenario) } : scenario;
}

/** What is otherwise where keys are signed. */
function signedOf(seed: number, { conditions, serverBuild }: Scenario): Partial<Scenario> {
  const random = new Random(seed, 'signed'), all = [ECDHE_ECDSA_CCM_8, ECDHE_ECDSA_CCM, ECDHE_ECDSA_GCM];
  const common = pick(random, all), mtu = pick(random, SIGNED_MTUS);
  return {
    clientBuild: serverBuild, mtu, conditions: { ...conditions, mtu },
    clientSuites: some(random, all, common), serverSuites: some(random, all, common),
    signed: { type: pick(random, [X509, RAW_KEY]), isMutual: random.chance(0.7) },
  };
}

function presharedOf(seed: number): Scenario {
  const random = new Random(seed, 'scenario');
  const row = rowOf(seed);
  const serverBuild = seed % 2 === 0 ? 'node' : 'full'; // not drawn: the same datagrams come from both
  const clientBuild = pick<Build>(random, ['psk', serverBuild]);
  const offered = clientBuild === 'psk' ? [CCM_8, CCM] : [CCM_8, CCM, GCM];
  const common = pick(random, offered);
  const mtu = pick(random, MTUS);
  const { loss, duplicate, reorder, corrupt } = row;
  const delayMs = pick(random, [5, 20, 50, 200]);
  return {
    seed, clientBuild, serverBuild, mtu,
    conditions: { ...PERFECT, loss, duplicate, reorder, corrupt, delayMs, jitterMs: pick(random, [0, 10, 100]), mtu },
    clientSuites: some(random, offered, common),
    serverSuites: some(random, [CCM_8, CCM, GCM], common),
    clientRequires: random.chance(0.5),
    serverRequires: random.chance(0.5),
    identity: new Random(seed, 'identity').fill(new Uint8Array(pick(random, [1, 4, 16, 128]))),
    key: new Random(seed, 'key').fill(new Uint8Array(pick(random, [1, 16, 32, 64]))),
    hint: new Random(seed, 'hint').fill(new Uint8Array(random.chance(0.3) ? pick(random, [1, 20, 128]) : 0)),
    clientAsked: random.chance(0.3),
    clientLateMs: lateness(random),
    serverLateMs: lateness(random),
  };
}

/** How to play one seed again, with every event on the screen; and the same network between two motes, in RFC words. */
export function replayOf(seed: number): string {
  const { conditions: { loss, duplicate, reorder, corrupt, delayMs, jitterMs }, mtu } = scenarioOf(seed);
  const rates = Object.entries({ loss, duplicate, reorder, corrupt }).map(([name, rate]) => `--${name} ${100 * rate}%`).join(' ');
  return `seed ${seed}\n  again:           THIMBLE_SEED=${seed} npm test -- sim/handshakes\n` +
    `  its network:     npx thimble explain --seed ${seed} ${rates} --delay ${delayMs}ms --jitter ${jitterMs}ms --mtu ${Math.min(mtu, 512)}`;
}
