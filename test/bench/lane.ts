// A lane: one implementation in a process of its own, which stays warm between its turns.
import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** One competitor. Requests are answered in order, one at a time. */
export class Lane {
  readonly #child: ChildProcess;
  readonly #answers: AsyncIterator<string>;
  #complaint = '';

  /** Starts `command`; `name` is what tables and errors call it. */
  constructor(readonly name: string, command: string, args: readonly string[]) {
    this.#child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    this.#child.on('error', (error) => (this.#complaint += error.message));
    this.#child.stdin!.on('error', () => {}); // a child that died is seen by its missing answer
    this.#child.stderr!.setEncoding('utf8').on('data', (text) => (this.#complaint += text));
    this.#answers = createInterface({ input: this.#child.stdout! })[Symbol.asyncIterator]();
  }

  /** A lane that runs one of the bench's own modules (`./ours.js`) under this very Node. */
  static node(name: string, module: string, ...args: string[]): Lane {
    const path = fileURLToPath(new URL(module, import.meta.url));
    return new Lane(name, process.execPath, ['--expose-gc', path, ...args]);
  }

  /** Sends a request and returns its answer. Throws with what the child said if it died. */
  async ask<Answer>(request: string): Promise<Answer> {
    this.#child.stdin!.write(`${request}\n`);
    const { value, done } = await this.#answers.next();
    if (done) throw new Error(`${this.name} ended at "${request}": ${this.#complaint.trim() || 'without a word'}`);
    return JSON.parse(value) as Answer;
  }

  /** Ends the child, which has nothing to clean up. */
  end(): void {
    this.#child.kill('SIGKILL');
  }
}
