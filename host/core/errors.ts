// Every error the hosts report: from the engine's numbers to a code, the RFC's words and what to do. Their tables are
// functions for the reason given in names.ts.
import { Alert, Cause, CodeClass, Ended, HandshakeType, Misuse } from '../../assembly/codes.js';
import { hintOfCertificateAlert, rowOfCertificate, rowOfCertificateMisuse } from './certificate-words.js';
import { alertName, causeName, phaseName, UNKNOWN_PSK_IDENTITY } from './names.js';

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

export type Row = [code: string, message: string, hint: string];

const KEY_HINT = 'It is probably the pre-shared key: compare the identity and its key on both sides, byte for byte.';

const SERVER_NAME_HINT = 'Compare `servername` of the client with the names in `sni` of the server.';
const PROTOCOL_HINT = 'Compare `alpn` on both sides; CoAP over DTLS is \'co\' (RFC 9952).';

/** By Cause. */
function rowOfCause(cause: number): Row | null {
  switch (cause) {
    case Cause.WRONG_KEY: return ['ERR_DTLS_WRONG_KEY', 'the two sides do not have the same key', KEY_HINT];
    case Cause.UNKNOWN_IDENTITY:
      return ['ERR_DTLS_UNKNOWN_IDENTITY', 'the server has no key for this identity',
        'Check the spelling of the identity, and that the server has it.'];
    case Cause.NO_COMMON_SUITE:
      return ['ERR_DTLS_NO_COMMON_CIPHER', 'the two sides have no cipher suite in common',
        'Compare `ciphers` on both sides; OpenSSL offers CCM_8 only with @SECLEVEL=0.'];
    case Cause.NO_COMMON_VERSION:
      return ['ERR_DTLS_NO_COMMON_VERSION', 'the two sides have no protocol version in common',
        'This side speaks DTLS 1.2; allow it at the peer.'];
    case Cause.NO_EXTENDED_MASTER_SECRET:
      return ['ERR_DTLS_NO_EXTENDED_MASTER_SECRET',
        'the peer does not support the extended master secret (RFC 7627)',
        'Update the peer, or accept it with extendedMasterSecret: \'offer\'.'];
    case Cause.NO_SECURE_RENEGOTIATION:
      return ['ERR_DTLS_NO_SECURE_RENEGOTIATION',
        'the peer does not support secure renegotiation (RFC 5746)', 'Update the peer.'];
    case Cause.SILENT_PEER:
      return ['ERR_DTLS_HANDSHAKE_TIMEOUT', 'the peer is silent',
        'Check the address and the port, that a DTLS server runs there, and that no firewall drops UDP in either direction.'];
    case Cause.MALFORMED_MESSAGE: return ['ERR_DTLS_MALFORMED_MESSAGE', 'a handshake message cannot be read', ''];
    case Cause.OUT_OF_ORDER_MESSAGE: return ['ERR_DTLS_UNEXPECTED_MESSAGE', 'a handshake message came that has no place here', ''];
    case Cause.UNOFFERED_VALUE:
      return ['ERR_DTLS_UNOFFERED_VALUE', 'the peer chose what was not offered',
        'The peer does not follow RFC 5246 §7.4.1.3.'];
    case Cause.NO_ANSWER:
      return ['ERR_DTLS_NO_CREDENTIALS', 'there are no credentials to answer the peer with',
        'Let the `psk` function return { identity, key } for this hint.'];
    case Cause.BAD_FINISHED:
      return ['ERR_DTLS_BAD_FINISHED', 'the peer\'s Finished does not match the handshake',
        'Something between the two sides changed the handshake, or the peer computes it wrongly.'];
    case Cause.MESSAGE_TOO_LONG:
      return ['ERR_DTLS_MESSAGE_TOO_LONG', 'a handshake message is longer than the memory laid out for it',
        'Raise `messageMax` in the layout.'];
    case Cause.UNKNOWN_NAME:
      return ['ERR_DTLS_UNKNOWN_NAME', 'the server does not serve this name', SERVER_NAME_HINT];
    case Cause.NO_COMMON_PROTOCOL:
      return ['ERR_DTLS_NO_COMMON_PROTOCOL', 'the two sides have no application protocol in common', PROTOCOL_HINT];
    case Cause.RECORD_TOO_LONG:
      return ['ERR_DTLS_RECORD_TOO_LONG', 'the peer sent a longer record than was agreed on',
        'The peer does not keep record_size_limit (RFC 8449) or max_fragment_length (RFC 6066).'];
    case Cause.CID_TOO_LONG:
      return ['ERR_DTLS_CID_TOO_LONG', 'the server wants to be sent a longer connection ID than there is room for',
        'Raise `cidMax` in the layout, or `mtu`.'];
    default: return rowOfCertificate(cause);
  }
}

/** SILENT_PEER where the server sent its cookie and then nothing: it is there, and cannot use the hello. */
function cookieOnly(): Row {
  return ['ERR_DTLS_HANDSHAKE_TIMEOUT', 'the server sent its cookie and then fell silent',
    'Probably no cipher suite in common: compare `ciphers` on both sides. Or larger datagrams are lost: try a smaller `mtu`.'];
}

/** By Ended and the host's own ends. */
function rowOfEnd(ended: number): Row | null {
  switch (ended) {
    case Ended.HANDSHAKE_TIMEOUT: return ['ERR_DTLS_HANDSHAKE_TIMEOUT', 'The handshake did not finish in time', ''];
    case Ended.SEQUENCE_EXHAUSTED:
      return ['ERR_DTLS_SEQUENCE_EXHAUSTED', 'The connection has used up its record numbers',
        'Connect again.'];
    case Ended.REPLACED: return ['ERR_DTLS_REPLACED', 'The peer made a new connection from the same address', ''];
    case Ended.TOO_MANY_FORGERIES:
      return ['ERR_DTLS_TOO_MANY_FORGERIES', 'Too many records failed authentication',
        'Somebody may be guessing: connect again, and look for the source.'];
    case Ended.DISPLACED:
      return ['ERR_DTLS_DISPLACED', 'The handshake made room for another, as its peer was silent and every place was taken',
        'Many silent peers are a flood, or lossy links: allow more handshakes at a time.'];
    case ENDED_IDLE: return ['ERR_DTLS_IDLE_TIMEOUT', 'Nothing was heard from the peer for as long as idleTimeout allows', ''];
    case ENDED_ENGINE_FAILED:
      return ['ERR_DTLS_ENGINE_FAILED', 'The engine failed and lost its connections',
        'This is a fault of Thimble, not of the peer: please report it. New connections get a new engine.'];
    default: return null;
  }
}

/** By Misuse. */
function rowOfMisuse(code: number): Row | null {
  switch (code) {
    case Misuse.BUSY: return ['ERR_INVALID_STATE', 'The engine is still delivering events', ''];
    case Misuse.BAD_HANDLE: return ['ERR_INVALID_STATE', 'The connection is closed', ''];
    case Misuse.BAD_LENGTH: return ['ERR_OUT_OF_RANGE', 'The length is outside its window', ''];
    case Misuse.NOT_CONNECTED: return ['ERR_INVALID_STATE', 'The handshake has not completed', 'Wait until it is connected.'];
    case Misuse.FULL:
      return ['ERR_DTLS_FULL', 'Every connection or handshake slot is taken',
        'Close connections, or lay out more of them.'];
    case Misuse.BAD_CONTEXT:
      return ['ERR_DTLS_BAD_CONTEXT', 'The context cannot be, is not defined, or is in use',
        'Check its suites, its lengths and its timers.'];
    case Misuse.BAD_LAYOUT:
      return ['ERR_DTLS_BAD_LAYOUT', 'The layout does not fit the memory',
        'Give more bytes, or ask for fewer connections or smaller windows.'];
    case Misuse.NO_ENTROPY:
      return ['ERR_DTLS_NO_ENTROPY', 'There is no random source, and no start without one',
        'Supply the hardware\'s own (RFC 7925 §12): `random`, or thimble_entropy in a firmware; an ESP32 has it while its radio runs.'];
    case Misuse.TOO_LONG:
      return ['ERR_DTLS_EXCEEDS_MTU', 'The message does not fit one datagram of this connection',
        'Send at most `maxPayload` bytes, or raise `mtu`.'];
    case Misuse.UNSETTLED:
      return ['ERR_DTLS_UNSETTLED', 'The peer may still ask for the last flight of the handshake',
        'Save the connection once a message of the peer has come.'];
    case Misuse.SAVE_FIRST:
      return ['ERR_DTLS_SAVE_FIRST', 'The lease of the saved state is used up: sending on could use a number twice',
        'Save the state, store it where a restart will find it, and send again.'];
    case Misuse.NO_SEAL:
      return ['ERR_DTLS_NO_STATE_KEY', 'There is no key to seal the state with',
        'Give `stateKey`: 16 to 64 secret bytes that the next start has, too.'];
    case Misuse.BAD_STATE:
      return ['ERR_DTLS_BAD_STATE', 'The state was sealed with another key, altered or cut short, or is of another version',
        'It goes on with the credentials or `stateKey` it was made with; without them it takes a handshake.'];
    case Misuse.OTHER_STATE:
      return ['ERR_DTLS_OTHER_STATE', 'The state is of the other role, or of a cipher suite that is not enabled here',
        'A client\'s goes on as a client; enable its suite in `ciphers`.'];
    case MISUSE_TAKEN: return ['ERR_INVALID_STATE', 'The peer already has a connection', 'Close it first.'];
    case Misuse.NOT_READY: return ['ERR_DTLS_NOT_READY', 'The engine was not initialised, or failed', ''];
    default: return rowOfCertificateMisuse(code);
  }
}

/** What an alert says when the engine knows no better cause. */
function hintOfAlert(alert: number): string {
  switch (alert) {
    case Alert.HANDSHAKE_FAILURE: return 'Compare `ciphers`, and what each side shows with what the other asks for and trusts.';
    case Alert.DECRYPT_ERROR: return 'Check the identity and its key on both sides.';
    case Alert.BAD_RECORD_MAC: return KEY_HINT;
    case Alert.UNRECOGNIZED_NAME: return SERVER_NAME_HINT;
    case Alert.NO_APPLICATION_PROTOCOL: return PROTOCOL_HINT;
    case Alert.RECORD_OVERFLOW: return 'Compare the record limits of both sides.';
    default: return '';
  }
}

/**
 * Why a connection ended, from the CLOSED event; null if it ended in order: close_notify in either direction, or
 * discarded or exported by the caller.
 */
export function endOf(code: number, cause: number, phase: number): Reason | null {
  const kind = code & ~0xff, alert = code & 0xff;
  const byAlert = kind === CodeClass.WE_ABORTED || kind === CodeClass.PEER_ABORTED;
  if (code === Ended.DISCARDED || code === Ended.SAVED || (byAlert && alert === Alert.CLOSE_NOTIFY)) return null;
  const row = byAlert ? alertRow(kind, alert) : rowOfEnd(code) ?? ['ERR_DTLS_ENDED', `The connection ended (${code})`, ''];
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
  const hint = hintOfAlert(alert) || (kind === CodeClass.PEER_ABORTED ? hintOfCertificateAlert(alert) : '');
  return ['ERR_DTLS_ALERT', `${who} with ${alertName(alert)}`, hint];
}

/** What a WARNING event warns of, while the connection goes on. */
export function warningOf(cause: number, phase: number): Reason {
  if (cause === Cause.FORGERIES) {
    return reason(['ERR_DTLS_FORGERIES', 'Many records of this connection failed authentication',
      'Somebody may be guessing, or the network damages datagrams; at 2^20 of them the connection ends.'],
    phaseName(phase), '', causeName(cause));
  }
  return explain(['ERR_DTLS_WARNING', 'The handshake does not advance', ''], true, cause, phase, '');
}

/** Adds the probable cause to what happened; `renames` if the cause also gives the code. */
function explain(row: Row, renames: boolean, cause: number, phase: number, alert: string): Reason {
  const isCookieOnly = cause === Cause.SILENT_PEER && phase === HandshakeType.SERVER_HELLO;
  const known = isCookieOnly ? cookieOnly() : rowOfCause(cause);
  if (known === null) return reason(row, phaseName(phase), alert, '');
  const joined: Row = [renames ? known[0] : row[0], `${row[1]}: ${known[1]}`, known[2] || row[2]];
  return reason(joined, phaseName(phase), alert, causeName(cause));
}

function reason(row: Row, phase: string, alert: string, cause: string): Reason {
  return { code: row[0], message: row[1], phase: phase, alert: alert, cause: cause, hint: row[2] };
}

/** The Error to throw for a call that returned a negative Misuse code; it carries the fields of Reason. */
export function misuse(code: number): Error & Reason {
  const row = rowOfMisuse(-code) ?? rowOfEnd(-code) ?? ['ERR_INVALID_STATE', `The engine refused the call (${code})`, ''];
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
