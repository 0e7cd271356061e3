// What endpoints tell their sessions, and sessions their endpoints, under names users do not see.

/** Session: its connection begins, is connected. */
export const kBegin = Symbol('begin');
export const kConnected = Symbol('connected');
export const kMessage = Symbol('message');
export const kWarning = Symbol('warning');
export const kKeylog = Symbol('keylog');
/** Session: an error that does not end it. */
export const kTrouble = Symbol('trouble');
/** Session: who the peer says it is. */
export const kIdentity = Symbol('identity');
/** Session: what the peer showed, its certificate or its raw public key; and that the handshake has proved it, and who it is. */
export const kPeer = Symbol('peer');
export const kProved = Symbol('proved');
/** Session: what a user's function threw, which is the reason if the handshake now fails. */
export const kBlame = Symbol('blame');
/** Session: its peer has moved. */
export const kPath = Symbol('path');
/** Session: its state, null if it cannot be saved now; and that this state is stored. */
export const kSave = Symbol('save');
export const kStored = Symbol('stored');
/** Endpoint: what saves its sessions. */
export const kKeeper = Symbol('keeper');
export const kOwner = Symbol('owner');
/** Session: it is over, with an error or in order. */
export const kEnd = Symbol('end');
/** Session: whether a key log is wanted. Endpoint: whether it can be had. */
export const kLogsKeys = Symbol('logsKeys');
/** Session: what it can be resumed with. */
export const kSession = Symbol('session');
export const kNoSession = Symbol('no session');
/** Endpoint: the server's name, for a session of this connection. */
export const kServerName = Symbol('serverName');
/** Endpoint: the application protocol of one of its connections. */
export const kProtocol = Symbol('protocol');
/** Endpoint: a session is over. */
export const kForget = Symbol('forget');

/** A promise with its two ends; rejecting it is never an unhandled rejection. */
export class Deferred<T> {
  readonly promise: Promise<T>;
  resolve!: (value: T) => void;
  reject!: (error: unknown) => void;

  constructor() {
    this.promise = new Promise<T>((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    this.promise.catch(() => {}); // whoever awaits it still sees it; callbacks alone are fine too, as in node:dtls
  }
}

/** Calls a user's function; what it throws is an uncaught exception of the process, and no concern of the protocol. */
export function callUser<A extends unknown[]>(user: ((...args: A) => unknown) | null | undefined, ...args: A): void {
  try {
    user?.(...args);
  } catch (error) {
    process.nextTick(() => {
      throw error;
    });
  }
}
