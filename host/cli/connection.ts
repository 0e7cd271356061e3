import { appendFileSync, closeSync, openSync } from 'node:fs';
import type { ClientIdentity, CommonOptions as NodeOptions, ServerPSK } from '../node/index.js';
import { clientKey, serverKeys, type CommonOptions } from './options.js';
import type { Output } from './output.js';
import { recordPcap } from './record.js';
import { UsageError } from './usage.js';

type Shared = Pick<NodeOptions, 'mtu' | 'handshakeTimeout' | 'profile' | 'keylog' | 'capture'>;

/** Options for the Node host, in its two parts, and what to call when all its connections are closed. */
export interface Prepared<Psk> {
  shared: Shared;
  credentials: { psk: Psk; ciphers?: string };
  finish(): void;
}

/** For a client. Throws a UsageError where the command line is wrong. */
export function clientOptions(options: CommonOptions, output: Output): Prepared<ClientIdentity> {
  return prepared(options, clientKey(options, output));
}

/** For a server. Throws a UsageError where the command line is wrong. */
export function serverOptions(options: CommonOptions, output: Output): Prepared<ServerPSK> {
  const keyOf = serverKeys(options, output);
  return prepared(options, (_, identity) => keyOf(identity));
}

function prepared<Psk>(options: CommonOptions, psk: Psk): Prepared<Psk> {
  const { mtu, handshakeTimeout, profile, cipher, keylog, pcap } = options;
  const keyLog = keylog === undefined ? undefined : openKeyLog(keylog);
  const recording = pcap === undefined ? undefined : recordPcap(pcap);
  const shared: Shared = {};
  if (mtu !== undefined) shared.mtu = mtu;
  if (handshakeTimeout !== undefined) shared.handshakeTimeout = handshakeTimeout;
  if (profile === 'iot') shared.profile = profile;
  if (recording !== undefined) shared.capture = recording.capture;
  if (keyLog !== undefined || recording !== undefined) {
    shared.keylog = (line) => {
      keyLog?.write(line);
      recording?.keys(line);
    };
  }
  const credentials = cipher === undefined ? { psk } : { psk, ciphers: cipher.join(':') };
  return { shared, credentials, finish: () => { keyLog?.close(); recording?.close(); } };
}

/** Secrets, one line each: only their owner may read them. */
function openKeyLog(path: string): { write(line: string): void; close(): void } {
  let file: number;
  try {
    file = openSync(path, 'a', 0o600);
  } catch (error) {
    throw new UsageError(`--keylog ${path}: ${(error as NodeJS.ErrnoException).code}`);
  }
  return { write: (line) => appendFileSync(file, `${line}\n`), close: () => closeSync(file) };
}
