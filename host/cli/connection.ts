import type { CommonOptions as NodeOptions, ConnectOptions, ListenOptions } from '../node/index.js';
import { check, shownBy } from './credentials.js';
import { Kept } from './kept.js';
import { clientKey, hasKeys, serverKeys, type CommonOptions } from './options.js';
import type { Output } from './output.js';
import { RecordFile, recordPcap } from './record.js';
import { UsageError } from './usage.js';

type Shared = Pick<NodeOptions, 'cid' | 'mtu' | 'handshakeTimeout' | 'profile' | 'keylog' | 'capture'>;

type Both = 'alpn' | 'ca' | 'cert' | 'ciphers' | 'key' | 'passphrase' | 'peerKeys' | 'psk' | 'rawPublicKey' | 'recordSizeLimit' | 'rejectUnauthorized';
type ClientCredentials = Pick<ConnectOptions, Both | 'maxFragmentLength' | 'servername'>;
type ServerCredentials = Pick<ListenOptions, Both | 'requestCert' | 'sni'>;

/** Options for the Node host, in its parts, and what to call when all its connections are closed. */
export interface Prepared<Credentials> {
  shared: Shared;
  credentials: Credentials;
  kept: Kept;
  finish(): void;
}

/** For a client. Throws a UsageError where the command line is wrong. */
export function clientOptions(options: CommonOptions, output: Output): Prepared<ClientCredentials> {
  const { cipher, maxFragmentLength, servername } = options, shown = shownBy(options, output);
  const credentials: ClientCredentials = { ...shown, ...offersOf(options) };
  if (maxFragmentLength !== undefined) credentials.maxFragmentLength = maxFragmentLength as 512;
  if (shown === undefined || hasKeys(options)) credentials.psk = clientKey(options, output);
  if (cipher !== undefined) credentials.ciphers = cipher.join(':');
  check(credentials, options);
  if (servername !== undefined) credentials.servername = servername;
  const kept = new Kept(options, credentials.psk !== undefined || credentials.key !== undefined, output);
  return { ...prepared(options, output), credentials, kept };
}

/** For a server. Throws a UsageError where the command line is wrong. */
export function serverOptions(options: CommonOptions, output: Output): Prepared<ServerCredentials> {
  const { ca, cipher, insecure, peerKey, requireCert, sni } = options, shown = shownBy(options, output);
  if (ca !== undefined && requireCert !== true) throw new UsageError('--ca says whom to trust: ask for certificates with --require-cert');
  if (requireCert === true && [ca, peerKey, insecure].every((given) => given === undefined)) {
    throw new UsageError('--require-cert: say whom to trust, with --ca F or --peer-key F');
  }
  const credentials: ServerCredentials = { ...shown, ...offersOf(options) };
  if (sni !== undefined) credentials.sni = Object.fromEntries(sni);
  if (requireCert === true || peerKey !== undefined || insecure === true) credentials.requestCert = true;
  if (shown === undefined || hasKeys(options)) {
    const keyOf = serverKeys(options, output);
    credentials.psk = (_, identity) => keyOf(identity);
  }
  if (cipher !== undefined) credentials.ciphers = cipher.join(':');
  check({ ...credentials, isServer: true }, options);
  const kept = new Kept(options, false, output);
  return { ...prepared(options, output), credentials, kept };
}

function offersOf({ alpn, recordSizeLimit }: CommonOptions): Pick<ListenOptions, 'alpn' | 'recordSizeLimit'> {
  return { ...(alpn === undefined ? {} : { alpn }), ...(recordSizeLimit === undefined ? {} : { recordSizeLimit }) };
}

function prepared(options: CommonOptions, output: Output): Pick<Prepared<unknown>, 'shared' | 'finish'> {
  const { cid, mtu, handshakeTimeout, profile, keylog, pcap } = options;
  const keyLog = keylog === undefined ? undefined : new RecordFile('--keylog', keylog, 'a', output);
  const recording = pcap === undefined ? undefined : recordPcap(pcap, output);
  const shared: Shared = {};
  if (cid !== undefined) shared.cid = cid;
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
  return { shared, finish: () => { keyLog?.close(); recording?.close(); } };
}
