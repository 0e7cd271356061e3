// How sessions end, in words that know of the socket.
import type { Connection } from '../core/connection.js';
import type { Reason } from '../core/errors.js';
import { DTLSError, dtlsError } from './errors.js';

/** Ends that are neither the session's failure nor the peer's: their news is the end itself. */
const ORDERLY = new Set(['ERR_DTLS_REPLACED', 'ERR_DTLS_IDLE_TIMEOUT']);

export const isOrderly = ({ code }: DTLSError): boolean => ORDERLY.has(code);

/** `isRefused`: the peer's host said that nothing listens there. */
export function endOf(connection: Connection, reason: Reason, isRefused: boolean): DTLSError {
  const error = new DTLSError(reason);
  if (isRefused && reason.code === 'ERR_DTLS_HANDSHAKE_TIMEOUT') {
    error.hint = 'The host answers that nothing listens on this port (ECONNREFUSED): check the port, start the server.';
  }
  if (reason.code === 'ERR_DTLS_ENGINE_FAILED') error.cause = connection.endpoint.failure;
  return error;
}

export function portUnreachable(): DTLSError {
  return dtlsError('ERR_DTLS_PORT_UNREACHABLE', 'Nothing listens at the peer\'s port (ICMP port unreachable)',
    'The handshake goes on until handshakeTimeout, as anybody can send ICMP: check the port, start the server.');
}
