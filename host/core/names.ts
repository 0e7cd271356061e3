// Names of numbers, as errors and counters show them. They stand in functions, and not in tables or enums turned round: on a
// board the text of a function stays in flash, and every string of a table would take RAM.
import { Alert, Cause, Drop, HandshakeType } from '../../assembly/codes.js';
import { certificateAlertName, checkName } from './certificate-words.js';
import type { Engine } from './engine.js';

/** RFC 4279 §2. We answer with decrypt_error instead (7925-6-4), but mbedTLS and others send it. */
export const UNKNOWN_PSK_IDENTITY = 115;

/** The RFC's name of an alert, in its own small letters: decrypt_error. */
export function alertName(alert: number): string {
  switch (alert) {
    case Alert.CLOSE_NOTIFY: return 'close_notify';
    case Alert.UNEXPECTED_MESSAGE: return 'unexpected_message';
    case Alert.BAD_RECORD_MAC: return 'bad_record_mac';
    case Alert.RECORD_OVERFLOW: return 'record_overflow';
    case Alert.HANDSHAKE_FAILURE: return 'handshake_failure';
    case Alert.ILLEGAL_PARAMETER: return 'illegal_parameter';
    case Alert.DECODE_ERROR: return 'decode_error';
    case Alert.DECRYPT_ERROR: return 'decrypt_error';
    case Alert.PROTOCOL_VERSION: return 'protocol_version';
    case Alert.INSUFFICIENT_SECURITY: return 'insufficient_security';
    case Alert.INTERNAL_ERROR: return 'internal_error';
    case Alert.USER_CANCELED: return 'user_canceled';
    case Alert.NO_RENEGOTIATION: return 'no_renegotiation';
    case Alert.UNSUPPORTED_EXTENSION: return 'unsupported_extension';
    case Alert.UNRECOGNIZED_NAME: return 'unrecognized_name';
    case Alert.NO_APPLICATION_PROTOCOL: return 'no_application_protocol';
    case UNKNOWN_PSK_IDENTITY: return 'unknown_psk_identity';
    default: return certificateAlertName(alert) || `alert_${alert}`;
  }
}

/** The name of a `phase` of the engine: WAIT_FINISHED, SEND_CLIENT_HELLO; CONNECTED where no handshake runs. */
export function phaseName(phase: number): string {
  if (phase === 0) return 'CONNECTED';
  return (phase >= 256 ? 'SEND_' : 'WAIT_') + messageName(phase & 255);
}

function messageName(type: number): string {
  switch (type) {
    case HandshakeType.HELLO_REQUEST: return 'HELLO_REQUEST';
    case HandshakeType.CLIENT_HELLO: return 'CLIENT_HELLO';
    case HandshakeType.SERVER_HELLO: return 'SERVER_HELLO';
    case HandshakeType.HELLO_VERIFY_REQUEST: return 'HELLO_VERIFY_REQUEST';
    case HandshakeType.NEW_SESSION_TICKET: return 'NEW_SESSION_TICKET';
    case HandshakeType.CERTIFICATE: return 'CERTIFICATE';
    case HandshakeType.SERVER_KEY_EXCHANGE: return 'SERVER_KEY_EXCHANGE';
    case HandshakeType.CERTIFICATE_REQUEST: return 'CERTIFICATE_REQUEST';
    case HandshakeType.SERVER_HELLO_DONE: return 'SERVER_HELLO_DONE';
    case HandshakeType.CERTIFICATE_VERIFY: return 'CERTIFICATE_VERIFY';
    case HandshakeType.CLIENT_KEY_EXCHANGE: return 'CLIENT_KEY_EXCHANGE';
    case HandshakeType.FINISHED: return 'FINISHED';
    case HandshakeType.CHANGE_CIPHER_SPEC: return 'CHANGE_CIPHER_SPEC';
    case HandshakeType.DONE: return 'DONE';
    default: return `MESSAGE_${type}`;
  }
}

/** The name of a Cause, '' for NONE. */
export function causeName(cause: number): string {
  switch (cause) {
    case Cause.WRONG_KEY: return 'WRONG_KEY';
    case Cause.FORGERIES: return 'FORGERIES';
    case Cause.UNKNOWN_IDENTITY: return 'UNKNOWN_IDENTITY';
    case Cause.NO_COMMON_SUITE: return 'NO_COMMON_SUITE';
    case Cause.NO_COMMON_VERSION: return 'NO_COMMON_VERSION';
    case Cause.NO_EXTENDED_MASTER_SECRET: return 'NO_EXTENDED_MASTER_SECRET';
    case Cause.NO_SECURE_RENEGOTIATION: return 'NO_SECURE_RENEGOTIATION';
    case Cause.SILENT_PEER: return 'SILENT_PEER';
    case Cause.MALFORMED_MESSAGE: return 'MALFORMED_MESSAGE';
    case Cause.OUT_OF_ORDER_MESSAGE: return 'OUT_OF_ORDER_MESSAGE';
    case Cause.UNOFFERED_VALUE: return 'UNOFFERED_VALUE';
    case Cause.NO_ANSWER: return 'NO_ANSWER';
    case Cause.BAD_FINISHED: return 'BAD_FINISHED';
    case Cause.MESSAGE_TOO_LONG: return 'MESSAGE_TOO_LONG';
    case Cause.UNKNOWN_NAME: return 'UNKNOWN_NAME';
    case Cause.NO_COMMON_PROTOCOL: return 'NO_COMMON_PROTOCOL';
    case Cause.RECORD_TOO_LONG: return 'RECORD_TOO_LONG';
    case Cause.BAD_SIGNATURE: return 'BAD_SIGNATURE';
    case Cause.NOT_TRUSTED: return 'NOT_TRUSTED';
    case Cause.NO_COMMON_CERTIFICATE_TYPE: return 'NO_COMMON_CERTIFICATE_TYPE';
    case Cause.CID_TOO_LONG: return 'CID_TOO_LONG';
    default: return checkName(cause - Cause.CERTIFICATE);
  }
}

/** The name of a Drop. */
export function dropName(reason: number): string {
  switch (reason) {
    case Drop.MALFORMED_RECORD: return 'MALFORMED_RECORD';
    case Drop.BAD_VERSION: return 'BAD_VERSION';
    case Drop.BAD_EPOCH: return 'BAD_EPOCH';
    case Drop.REPLAYED: return 'REPLAYED';
    case Drop.FORGED: return 'FORGED';
    case Drop.UNKNOWN_PEER: return 'UNKNOWN_PEER';
    case Drop.STALE_MESSAGE: return 'STALE_MESSAGE';
    case Drop.BAD_FRAGMENT: return 'BAD_FRAGMENT';
    case Drop.NO_ROOM: return 'NO_ROOM';
    case Drop.FULL: return 'FULL';
    case Drop.MALFORMED_HELLO: return 'MALFORMED_HELLO';
    case Drop.UNTRUSTED_ALERT: return 'UNTRUSTED_ALERT';
    case Drop.TOO_LONG: return 'TOO_LONG';
    case Drop.UNANSWERED: return 'UNANSWERED';
    case Drop.MISSING_CID: return 'MISSING_CID';
    default: return `DROP_${reason}`;
  }
}

/** Every counter of an engine under its name in Drop; a function of its own, as no board needs these names. */
export function drops(engine: Engine): { [name: string]: number } {
  const all: { [name: string]: number } = {};
  for (let reason = 0; reason < Drop.COUNT; reason++) all[dropName(reason)] = engine.dropped(reason);
  return all;
}
