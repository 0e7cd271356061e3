// One association, as the host sees it.
import { Bound } from '../../assembly/codes.js';
import { ConnectedFlag, EventField } from '../../assembly/records.js';
import type { Endpoint } from './endpoint.js';
import type { Peer } from './peer.js';
import { save } from './saved-state.js';

export type ConnectionState = 'handshaking' | 'connected' | 'closed';

/** The answer to a PSK question: a server gives the key, a client also says who it is; null: there is none. */
export type Answer = Uint8Array | { identity: Uint8Array; key: Uint8Array } | null;

const NO_CID = new Uint8Array(0);
/** RFC 5246 §6.2.1: bytes of plaintext in a record at most. */
export const PLAINTEXT_MAX = 16384;

/** Made by an Endpoint; the methods end in its Sink, and throw an Error with the fields of Reason when misused. */
export class Connection {
  declare readonly endpoint: Endpoint;
  /** Where it sends to; another one once it moved (RFC 9146 §6). */
  declare peer: Peer;
  declare readonly role: 'client' | 'server';
  declare readonly handle: number;
  /** The id of its context; a server's may change with the name that the client asks for, until the first question. */
  declare context: number;
  declare state: ConnectionState;
  /** When authentic data or the peer's Finished last came, in the caller's milliseconds; 0 before. */
  declare lastHeardMs: number;
  /** Closed after so many milliseconds without hearing from the peer; 0: never. Set it before it is connected. */
  declare idleMs: number;
  /** Datagrams sent again because a timer ran out (RFC 6347 §4.2.4). */
  declare retransmissions: number;
  /** Once connected: CipherSuite, and whether RFC 7627 binds its keys to the handshake. */
  declare cipherSuite: number;
  declare extendedMasterSecret: boolean;
  /** Whether an earlier connection's session was resumed (RFC 5246 §7.3). */
  declare resumed: boolean;
  /** Server, once connected: the client's PSK identity, also of a resumed session; else null. */
  declare identity: Uint8Array | null;
  /** Resumed, where the peer had shown a certificate or raw public key: SHA-256 of its SubjectPublicKeyInfo; else null. */
  declare provedKey: Uint8Array | null;
  /** Bytes of the longest message, once connected; 0 before (6347-4.1.1.1-1). */
  declare maxPayload: number;
  /** Which of the context's application protocols was agreed on, from 1; 0 for none. */
  declare protocol: number;
  /** The connection IDs (RFC 9146) that the peer sends, and that we do; empty where there are none. */
  declare ownCid: Uint8Array;
  declare peerCid: Uint8Array;
  /** Whether both sides check new paths (RFC 9853). */
  declare pathChecks: boolean;
  /** Where the peer's records come from, while it is checked; what is sent meanwhile waits for the outcome. */
  declare candidate: Peer | null;
  declare readonly held: Uint8Array[];
  /** How many states were made of this association, by whoever had it. */
  declare generation: number;
  /** The host's own. */
  declare tag: unknown;
  /** The endpoint's: its place in `connections`, and whether idleness ends it. */
  declare index: number;
  declare idle: boolean;

  constructor(endpoint: Endpoint, peer: Peer, role: 'client' | 'server', handle: number, context: number) {
    this.endpoint = endpoint;
    this.peer = peer;
    this.role = role;
    this.handle = handle;
    this.context = context;
    this.state = 'handshaking';
    this.lastHeardMs = 0;
    this.idleMs = 0;
    this.retransmissions = 0;
    this.cipherSuite = 0;
    this.extendedMasterSecret = false;
    this.resumed = false;
    this.identity = this.provedKey = null;
    this.maxPayload = 0;
    this.protocol = 0;
    this.ownCid = this.peerCid = NO_CID;
    this.pathChecks = false;
    this.candidate = null;
    this.held = [];
    this.generation = 0;
    this.tag = null;
    this.index = -1;
    this.idle = false;
  }

  /** The endpoint's: takes over what a CONNECTED event tells. */
  connected(event: Int32Array): void {
    const flags = event[EventField.FLAGS]!;
    this.state = 'connected';
    this.cipherSuite = event[EventField.CODE]!;
    this.extendedMasterSecret = (flags & ConnectedFlag.EXTENDED_MASTER_SECRET) !== 0;
    this.resumed = (flags & ConnectedFlag.RESUMED) !== 0;
    this.pathChecks = (flags & ConnectedFlag.RETURN_ROUTABILITY) !== 0;
    this.maxPayload = event[EventField.PAYLOAD_MAX]!;
    this.protocol = event[EventField.PROTOCOL]!;
    this.context = event[EventField.CONTEXT]!;
    const at = event[EventField.PATH]!, lengths = event[EventField.CAUSE]!;
    if (lengths === 0) return;
    this.ownCid = this.endpoint.engine.module.copy(at, lengths & 255);
    this.peerCid = this.endpoint.engine.module.copy(at + Bound.CID, lengths >> 8);
  }

  /** Sends 0 to `maxPayload` bytes. Throws ERR_INVALID_STATE, ERR_DTLS_EXCEEDS_MTU. */
  send(data: Uint8Array): void {
    this.endpoint.send(this, data);
  }

  /** Says close_notify (RFC 5246 §7.2.1) and ends. */
  close(): void {
    this.endpoint.close(this);
  }

  /** Forgets the connection at once; the peer hears nothing. */
  discard(): void {
    this.endpoint.discard(this);
  }

  /**
   * The connection as bytes, sealed, with `own` of the host's in it, to go on elsewhere or later (`restore`). It ends here,
   * and the peer hears nothing. Restore the latest state, and that once; assembly/saved-state.ts says what else may happen. Throws
   * ERR_DTLS_UNSETTLED while its handshake runs or its last flight is not known to have arrived, ERR_DTLS_NO_STATE_KEY.
   */
  exportState(own?: Uint8Array): Uint8Array {
    return save(this, own, false);
  }

  /**
   * As `exportState`, but it goes on: with what it may send until the state before runs out, and once this one is where a
   * restart will find it, and `stored` was called, with 4,096 records more.
   */
  saveState(own?: Uint8Array): Uint8Array {
    return save(this, own, true);
  }

  /** The latest state of `saveState` is stored. */
  stored(): void {
    this.endpoint.call(this, this.endpoint.engine.module.stored, 0, 0);
  }

  /**
   * Answers a question, at `now`. False if it came too late: the handshake ended, or the peer began another, as a device
   * that restarts does. Throws ERR_OUT_OF_RANGE.
   */
  answer(serial: number, answer: Answer, now: number): boolean {
    return this.endpoint.answer(this, serial, answer, now);
  }
}
