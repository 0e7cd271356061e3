import { Exit, UsageError } from './usage.js';

/** What to do about the system's own errors. */
const HINTS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program has this port: choose another, or 0 for any free one',
  EACCES: 'not permitted: a port below 1024 needs root, a file its owner',
  EADDRNOTAVAIL: 'this machine has no such address',
  ENOTFOUND: 'no such host: check the name',
  EAI_AGAIN: 'the name server does not answer: check the network, or write an IP address',
  ECONNREFUSED: 'nothing listens there: check the port, and that the server runs',
  ENETUNREACH: 'no route there: check the network',
  EHOSTUNREACH: 'no route there: check the network',
  ENOENT: 'no such file or folder',
  EISDIR: 'that is a folder',
};

/** Codes of errors that a different command line mends. */
const WRONG_USAGE = /^ERR_(INVALID_ARG_|OUT_OF_RANGE|DTLS_UNSUPPORTED_OPTION|SOCKET_BAD_PORT)/;

interface Problem {
  message?: string;
  code?: string;
  hint?: string;
}

/** The exit code that this error means. */
export function exitOf(error: unknown): Exit {
  if (error instanceof UsageError || WRONG_USAGE.test((error as Problem).code ?? '')) return Exit.WRONG_USAGE;
  return Exit.FAILED;
}

/** One line: what happened, and in parentheses what to do about it. */
export function problemText(error: unknown): string {
  const { message, code, hint } = error as Problem;
  const text = message === undefined || message === '' ? String(code ?? error) : message;
  const advice = hint || HINTS[code ?? /\bE[A-Z]+$/.exec(text)?.[0] ?? ''] || '';
  const line = advice === '' || text.includes(advice) ? text : `${text} (${advice})`;
  return line.replaceAll(/\s*\n\s*/g, ' ');
}
