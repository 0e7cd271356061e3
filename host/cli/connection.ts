import type { ClientIdentity, CommonOptions as NodeOptions, ServerPSK } from '../node/index.js';
import { clientKey, serverKeys, type CommonOptions } from './options.js';
import type { Output } from './output.js';
import { RecordFile, recordPcap } from './record.js';

type Shared = Pick<NodeOptions, 'mtu' | 'handshakeTimeout' | 'profile' | 'keylog' | 'capture'>;

/** Options for the Node host, in its two parts, and what to call when all its connections are closed. */
export interface Prepared<Psk> {
  shared: Shared;
  credentials: { psk: Psk; ciphers?: string };
  finish(): void;
}

/** For a client. Throws a UsageError where the command line is wrong. */
export function clientOptions(options: CommonOptions, output: Output): Prepared<ClientIdentity> {
  return prepared(options, clientKey(options, output), output);
}

/** For a server. Throws a UsageError where the command line is wrong. */
export function serverOptions(options: CommonOptions, output: Output): Prepared<ServerPSK> {
  const keyOf = serverKeys(options, output);
  return prepared(options, (_, identity) => keyOf(identity), output);
}

function prepared<Psk>(options: CommonOptions, psk: Psk, output: Output): Prepared<Psk> {
  const { mtu, handshakeTimeout, profile, cipher, keylog, pcap } = options;
  const keyLog = keylog === undefined ? undefined : new RecordFile('--keylog', keylog, 'a', output);
  const recording = pcap === undefined ? undefined : recordPcap(pcap, output);
  const shared: Shared = {};
  if (mtu !== undefined) shared.mtu = mtu;
  if (handshakeTimeout !== undefined) shared.handshakeTimeout = handshakeTimeout;
  if (profile === 'iot') shared.profile = profile;
  if (recording !== undefined) shared.capture = recording.capture;
  if (keyLog !== undefined || recording !== undefined) {
    shared.keylog = (line) => {
      keyLog?.write(`${line}\n`);
      recording?.keys(line);
    };
  }
  const credentials = cipher === undefined ? { psk } : { psk, ciphers: cipher.join(':') };
  return { shared, credentials, finish: () => { keyLog?.close(); recording?.close(); } };
}
