// Every error the hosts report, in one table: from the engine's numbers to a code, the RFC's words and what to do.
import { Alert, Cause, CodeClass, Ended, HandshakeType, Misuse } from '../../assembly/codes.js';

/** Why a connection ended, what went wrong with a call, or what a warning warns of. */
export interface Reason {
  /** ERR_DTLS_… or one of Node's own codes. */
  code: string;
  /** What happened, in one sentence without secrets. */
  message: string;
  /** Where the handshake stood: WAIT_ or SEND_ and the RFC's name of the message; CONNECTED after it; '' where none. */
  phase: string;
  /** The alert's name in RFC 5246 §7.2 if one was sent or received, else ''. */
  alert: string;
  /** The probable cause, a name of Cause; '' if it is not known. */
  cause: string;
  /** What to do about it; '' if there is nothing to say. */
  hint: string;
}

/** Ends that only the host knows, beside the engine's Ended. */
export const ENDED_IDLE = 0x5f0;
export const ENDED_ENGINE_FAILED = 0x5f1;
/** A mistake only the host sees, beside the engine's Misuse. */
export const MISUSE_TAKEN = 0x3f0;

type Row = [code: string, message: string, hint: string];

const KEY_HINT = 'It is probably the pre-shared key: compare the identity and its key on both sides, byte for byte.';

/** By Cause. */
const CAUSES: { [cause: number]: Row } = {
  [Cause.WRONG_KEY]: ['ERR_DTLS_WRONG_KEY', 'the two sides do not have the same key', KEY_HINT],
  [Cause.UNKNOWN_IDENTITY]: ['ERR_DTLS_UNKNOWN_IDENTITY', 'the server has no key for this identity',
    'Check the spelling of the identity, and that the server has it.'],
  [Cause.NO_COMMON_SUITE]: ['ERR_DTLS_NO_COMMON_CIPHER', 'the two sides have no cipher suite in common',
    'Compare `ciphers` on both sides; OpenSSL offers CCM_8 only with @SECLEVEL=0.'],
  [Cause.NO_COMMON_VERSION]: ['ERR_DTLS_NO_COMMON_VERSION', 'the two sides have no protocol version in common',
    'This side speaks DTLS 1.2; allow it at the peer.'],
  [Cause.NO_EXTENDED_MASTER_SECRET]: ['ERR_DTLS_NO_EXTENDED_MASTER_SECRET',
    'the peer does not support the extended master secret (RFC 7627)',
    'Update the peer, or accept it with extendedMasterSecret: \'offer\'.'],
  [Cause.NO_SECURE_RENEGOTIATION]: ['ERR_DTLS_NO_SECURE_RENEGOTIATION',
    'the peer does not support secure renegotiation (RFC 5746)', 'Update the peer.'],
  [Cause.SILENT_PEER]: ['ERR_DTLS_HANDSHAKE_TIMEOUT', 'the peer is silent',
    'Check the address and the port, that a DTLS server runs there, and that no firewall drops UDP in either direction.'],
  [Cause.MALFORMED_MESSAGE]: ['ERR_DTLS_MALFORMED_MESSAGE', 'a handshake message cannot be read', ''],
  [Cause.OUT_OF_ORDER_MESSAGE]: ['ERR_DTLS_UNEXPECTED_MESSAGE', 'a handshake message came that has no place here', ''],
  [Cause.UNOFFERED_VALUE]: ['ERR_DTLS_UNOFFERED_VALUE', 'the peer chose what was not offered',
    'The peer does not follow RFC 5246 §7.4.1.3.'],
  [Cause.NO_ANSWER]: ['ERR_DTLS_NO_CREDENTIALS', 'there are no credentials to answer the peer with',
    'Let the `psk` function return { identity, key } for this hint.'],
  [Cause.BAD_FINISHED]: ['ERR_DTLS_BAD_FINISHED', 'the peer\'s Finished does not match the handshake',
    'Something between the two sides changed the handshake, or the peer computes it wrongly.'],
  [Cause.MESSAGE_TOO_LONG]: ['ERR_DTLS_MESSAGE_TOO_LONG', 'a handshake message is longer than the memory laid out for it',
    'Raise `messageMax` in the layout.'],
};

/** SILENT_PEER where the server sent its cookie and then nothing: it is there, and cannot use the hello. */
const COOKIE_ONLY: Row = ['ERR_DTLS_HANDSHAKE_TIMEOUT', 'the server sent its cookie and then fell silent',
  'Probably no cipher suite in common: compare `ciphers` on both sides. Or larger datagrams are lost: try a smaller `mtu`.'];

/** By Ended and the host's own ends. */
const ENDS: { [ended: number]: Row } = {
  [Ended.HANDSHAKE_TIMEOUT]: ['ERR_DTLS_HANDSHAKE_TIMEOUT', 'The handshake did not finish in time', ''],
  [Ended.SEQUENCE_EXHAUSTED]: ['ERR_DTLS_SEQUENCE_EXHAUSTED', 'The connection has used up its record numbers',
    'Connect again.'],
  [Ended.REPLACED]: ['ERR_DTLS_REPLACED', 'The peer made a new connection from the same address', ''],
  [Ended.TOO_MANY_FORGERIES]: ['ERR_DTLS_TOO_MANY_FORGERIES', 'Too many records failed authentication',
    'Somebody may be guessing: connect again, and look for the source.'],
  [ENDED_IDLE]: ['ERR_DTLS_IDLE_TIMEOUT', 'Nothing was heard from the peer for as long as idleTimeout allows', ''],
  [ENDED_ENGINE_FAILED]: ['ERR_DTLS_ENGINE_FAILED', 'The engine failed and lost its connections',
    'This is a fault of Thimble, not of the peer: please report it. New connections get a new engine.'],
};

/** By Misuse. */
const MISUSES: { [misuse: number]: Row } = {
  [Misuse.BUSY]: ['ERR_INVALID_STATE', 'The engine is still delivering events', ''],
  [Misuse.BAD_HANDLE]: ['ERR_INVALID_STATE', 'The connection is closed', ''],
  [Misuse.BAD_LENGTH]: ['ERR_OUT_OF_RANGE', 'The length is outside its window', ''],
  [Misuse.NOT_CONNECTED]: ['ERR_INVALID_STATE', 'The handshake has not completed', 'Wait until it is connected.'],
  [Misuse.FULL]: ['ERR_DTLS_FULL', 'Every connection or handshake slot is taken',
    'Close connections, or lay out more of them.'],
  [Misuse.BAD_CONTEXT]: ['ERR_DTLS_BAD_CONTEXT', 'The context cannot be, is not defined, or is in use',
    'Check its suites, its lengths and its timers.'],
  [Misuse.BAD_LAYOUT]: ['ERR_DTLS_BAD_LAYOUT', 'The layout does not fit the memory',
    'Give more bytes, or ask for fewer connections or smaller windows.'],
  [Misuse.NO_ENTROPY]: ['ERR_DTLS_NO_ENTROPY', 'There is no random source, and no start without one',
    'Supply `random` from the hardware\'s source (RFC 7925 §12).'],
  [Misuse.TOO_LONG]: ['ERR_DTLS_EXCEEDS_MTU', 'The message does not fit one datagram of this connection',
    'Send at most `maxPayload` bytes, or raise `mtu`.'],
  [MISUSE_TAKEN]: ['ERR_INVALID_STATE', 'The peer already has a connection', 'Close it first.'],
  [Misuse.NOT_READY]: ['ERR_DTLS_NOT_READY', 'The engine was not initialised, or failed', ''],
};

/** What an alert says when the engine knows no better cause. */
const ALERT_HINTS: { [alert: number]: string } = {
  [Alert.HANDSHAKE_FAILURE]: 'Compare `ciphers` and the other options on both sides.',
  [Alert.DECRYPT_ERROR]: 'Check the identity and its key on both sides.',
  [Alert.BAD_RECORD_MAC]: KEY_HINT,
};

/** RFC 4279 §2. We answer with decrypt_error instead (7925-6-4), but mbedTLS and others send it. */
const UNKNOWN_PSK_IDENTITY = 115;

/** The RFC's name of an alert, in its own small letters: decrypt_error. */
export function alertName(alert: number): string {
  if (alert === UNKNOWN_PSK_IDENTITY) return 'unknown_psk_identity';
  return (Alert[alert] ?? `alert_${alert}`).toLowerCase();
}

/** The name of a `phase` of the engine: WAIT_FINISHED, SEND_CLIENT_HELLO; CONNECTED where no handshake runs. */
export function phaseName(phase: number): string {
  if (phase === 0) return 'CONNECTED';
  const name = HandshakeType[phase & 255] ?? `MESSAGE_${phase & 255}`;
  return (phase >= 256 ? 'SEND_' : 'WAIT_') + name;
}

/**
 * Why a connection ended, from the CLOSED event; null if it ended in order: close_notify in either direction, or
 * discarded by the caller.
 */
export function endOf(code: number, cause: number, phase: number): Reason | null {
  const kind = code & ~0xff, alert = code & 0xff;
  const byAlert = kind === CodeClass.WE_ABORTED || kind === CodeClass.PEER_ABORTED;
  if (code === Ended.DISCARDED || (byAlert && alert === Alert.CLOSE_NOTIFY)) return null;
  const row = byAlert ? alertRow(kind, alert) : ENDS[code] ?? ['ERR_DTLS_ENDED', `The connection ended (${code})`, ''];
  const probable = cause === Cause.NONE && kind === CodeClass.PEER_ABORTED ? alertCause(alert, phase) : cause;
  return explain(row, code !== Ended.HANDSHAKE_TIMEOUT, probable, phase, byAlert ? alertName(alert) : '');
}

/** What a peer that ended the handshake with this alert means by it, going by where the handshake stood. */
function alertCause(alert: number, phase: number): number {
  const answersHello = phase === HandshakeType.SERVER_HELLO || phase === HandshakeType.HELLO_VERIFY_REQUEST;
  if (alert === UNKNOWN_PSK_IDENTITY) return Cause.UNKNOWN_IDENTITY;
  if (alert === Alert.PROTOCOL_VERSION) return Cause.NO_COMMON_VERSION;
  if (alert === Alert.INSUFFICIENT_SECURITY) return Cause.NO_COMMON_SUITE;
  return alert === Alert.HANDSHAKE_FAILURE && answersHello ? Cause.NO_COMMON_SUITE : Cause.NONE;
}

function alertRow(kind: number, alert: number): Row {
  const who = kind === CodeClass.WE_ABORTED ? 'The connection was aborted' : 'The peer aborted the connection';
  return ['ERR_DTLS_ALERT', `${who} with ${alertName(alert)}`, ALERT_HINTS[alert] ?? ''];
}

/** What a WARNING event warns of, while the handshake goes on. */
export function warningOf(cause: number, phase: number): Reason {
  return explain(['ERR_DTLS_WARNING', 'The handshake does not advance', ''], true, cause, phase, '');
}

/** Adds the probable cause to what happened; `renames` if the cause also gives the code. */
function explain(row: Row, renames: boolean, cause: number, phase: number, alert: string): Reason {
  const isCookieOnly = cause === Cause.SILENT_PEER && phase === HandshakeType.SERVER_HELLO;
  const known = isCookieOnly ? COOKIE_ONLY : CAUSES[cause];
  if (known === undefined) return reason(row, phaseName(phase), alert, '');
  const joined: Row = [renames ? known[0] : row[0], `${row[1]}: ${known[1]}`, known[2] || row[2]];
  return reason(joined, phaseName(phase), alert, Cause[cause] ?? '');
}

function reason(row: Row, phase: string, alert: string, cause: string): Reason {
  return { code: row[0], message: row[1], phase: phase, alert: alert, cause: cause, hint: row[2] };
}

/** The Error to throw for a call that returned a negative Misuse code; it carries the fields of Reason. */
export function misuse(code: number): Error & Reason {
  const row = MISUSES[-code] ?? ENDS[-code] ?? ['ERR_INVALID_STATE', `The engine refused the call (${code})`, ''];
  return errorOf(reason(row, '', '', ''));
}

/** An Error with the fields of a Reason; both Node and the boards can throw it. */
export function errorOf(from: Reason): Error & Reason {
  const error = new Error(from.message) as Error & Reason;
  error.code = from.code;
  error.phase = from.phase;
  error.alert = from.alert;
  error.cause = from.cause;
  error.hint = from.hint;
  return error;
}
