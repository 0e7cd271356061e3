// Messages between a session and its `for await`.
import { Deferred } from './internal.js';

/** As with a socket's receive buffer, a reader that is too slow loses messages: the oldest ones. */
const MESSAGES_MAX = 1024;

export class Inbox<T> implements AsyncIterator<T> {
  readonly #messages: T[] = [];
  readonly #readers: Deferred<IteratorResult<T>>[] = [];
  #isOver = false;
  #error: Error | null = null;

  get isOver(): boolean { return this.#isOver; }

  /** Returns false if that pushed an older message out. Nobody reads what comes after the end. */
  push(message: T): boolean {
    if (this.#isOver) return true;
    const reader = this.#readers.shift();
    if (reader !== undefined) {
      reader.resolve({ done: false, value: message });
      return true;
    }
    this.#messages.push(message);
    if (this.#messages.length <= MESSAGES_MAX) return true;
    this.#messages.shift();
    return false;
  }

  /** What has come can still be read; then it ends, or throws the error. */
  end(error: Error | null): void {
    this.#isOver = true;
    this.#error = error;
    for (const reader of this.#readers.splice(0)) {
      if (error === null) reader.resolve({ done: true, value: undefined });
      else reader.reject(error);
    }
  }

  next(): Promise<IteratorResult<T>> {
    const message = this.#messages.shift();
    if (message !== undefined) return Promise.resolve({ done: false, value: message });
    if (!this.#isOver) {
      const reader = new Deferred<IteratorResult<T>>();
      this.#readers.push(reader);
      return reader.promise;
    }
    const error = this.#error;
    this.#error = null; // an error is thrown once
    return error === null ? Promise.resolve({ done: true, value: undefined }) : Promise.reject(error);
  }

  return(): Promise<IteratorResult<T>> {
    this.#messages.length = 0;
    this.end(null);
    return Promise.resolve({ done: true, value: undefined });
  }
}
