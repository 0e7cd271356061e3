/** What a command ends with. */
export enum Exit {
  DONE = 0,
  /** The handshake, the peer or the network failed. */
  FAILED = 1,
  /** The command line, or a file it names, is wrong. */
  WRONG_USAGE = 2,
}

/** The user asked for what cannot be; the message says what to write instead. Never carries a secret. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Something outside failed; the message says what, the hint what to do about it. */
export class Failure extends Error {
  override readonly name = 'Failure';

  constructor(message: string, readonly hint = '') {
    super(message);
  }
}
