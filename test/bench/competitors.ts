// Who is measured: how each is started, what is asked of it once, and who is absent and why.
import { readFileSync } from 'node:fs';
import { buildMbedtls, buildOpenssl, Missing } from './build.js';
import { certificateFolder } from './certificates.js';
import { Lane } from './lane.js';
import { MORE, type More } from './rounds.js';

/** Bytes and datagrams of one handshake, from the first ClientHello to the last Finished. */
export interface Facts {
  bytes: number;
  datagrams: number;
  version?: string;
}

/** Bytes an end holds while connected, and how much more at the handshake's peak. */
export interface Held {
  connection: number;
  handshake: number;
}

export interface Memory {
  client: Held;
  server: Held;
  /** Thimble: bytes an end holds for its last flight's sake while a peer may still ask for it (RFC 6347 §4.2.4). */
  aftercare?: number;
  /** Bytes of JavaScript heap an end takes beside that, where there is any. */
  javascript?: number;
}

export interface Competitor {
  /** Its name in the JSON. */
  readonly key: string;
  /** In `memory`, there is no socket; over `loopback`, there are. Both ends share one thread in either. */
  readonly field: 'memory' | 'loopback';
  readonly lane: Lane;
  /** What it can do beside TASKS. */
  readonly more: readonly More[];
  /** The WebAssembly module whose size counts, if it is one. */
  readonly module?: string;
  /** Undefined where nothing can count it. */
  readonly memory?: () => Promise<Memory>;
}

export interface Absent {
  readonly name: string;
  /** What is missing and how to install it. */
  readonly reason: string;
}

/** Its raw public keys came with 3.2, its ECDHE_PSK has no CCM, and it has neither connection IDs nor states. */
const OPENSSL: readonly More[] = ['server-certificate', 'mutual-certificate', 'resume-id', 'resume-ticket'];

/** How each starts, by its key. Each field begins with Thimble itself. */
const STARTS: Record<string, () => Omit<Competitor, 'key'> | Promise<Omit<Competitor, 'key'>>> = {
  thimble() {
    const lane = Lane.node('Thimble', './ours.js', certificateFolder());
    return { field: 'memory', lane, more: MORE, memory: () => lane.ask('memory') };
  },
  openssl() {
    const program = buildOpenssl();
    const lane = new Lane('OpenSSL, native', program, [certificateFolder()]);
    return { field: 'memory', lane, more: OPENSSL, memory: () => opensslMemory(program) };
  },
  async mbedtls() {
    const { version, speed, size } = await buildMbedtls();
    const lane = Lane.node(`mbedTLS ${version} in WASM`, './mbedtls.js', speed, size);
    return { field: 'memory', lane, more: [], module: size, memory: () => lane.ask('memory') };
  },
  'thimble-sockets'() {
    return { field: 'loopback', more: [], lane: Lane.node('Thimble', './loopback.js', 'thimble') };
  },
  'node-dtls-client'() {
    const name = `node-dtls-client ${installedVersion('node-dtls-client')}`;
    return { field: 'loopback', more: [], lane: Lane.node(name, './loopback.js', 'node-dtls-client') };
  },
};

/** Builds and starts every competitor that this machine can run. */
export async function startAll(): Promise<{ competitors: Competitor[]; absent: Absent[] }> {
  const competitors: Competitor[] = [];
  const absent: Absent[] = [];
  for (const [key, start] of Object.entries(STARTS)) {
    try {
      competitors.push({ key, ...(await start()) });
    } catch (error) {
      if (!(error instanceof Missing)) throw error;
      absent.push({ name: key, reason: error.message });
    }
  }
  return { competitors, absent };
}

/** Counting slows OpenSSL down, so it is done in a process of its own. */
async function opensslMemory(program: string): Promise<Memory> {
  const lane = new Lane('OpenSSL, counted', program, [certificateFolder(), 'memory']);
  try {
    return await lane.ask<Memory>('memory');
  } finally {
    lane.end();
  }
}

function installedVersion(name: string): string {
  try {
    const manifest = new URL('../package.json', import.meta.resolve(name));
    return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version;
  } catch {
    throw new Missing(`the npm package ${name} is not installed: npm ci`);
  }
}
