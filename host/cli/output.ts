/** What a command says: data and events on standard output, everything for people on standard error. */
export class Output {
  /** @param json events as one JSON object a line; @param verbose notes too. */
  constructor(readonly json: boolean, readonly verbose: boolean) {}

  /** Bytes as they are, on standard output. */
  data(bytes: Uint8Array): void {
    process.stdout.write(bytes);
  }

  /** A line of the result, on standard output. */
  line(text: string): void {
    process.stdout.write(`${text}\n`);
  }

  /** Something that happened: an object on standard output with --json, otherwise a sentence on standard error. */
  event(event: string, fields: Record<string, unknown>, text: string): void {
    if (this.json) this.line(JSON.stringify({ event, ...fields }));
    else this.say(text);
  }

  /** A sentence for whoever watches, with --verbose. */
  note(text: string): void {
    if (this.verbose) this.say(text);
  }

  /** A sentence on standard error. */
  say(text: string): void {
    process.stderr.write(`${printable(text)}\n`);
  }

  warn(text: string): void {
    this.say(`thimble: warning: ${text}`);
  }
}

/** On one line, and without power over the terminal: parts of it may be a peer's words. */
export function printable(text: string): string {
  return text.replaceAll(/[\0-\x1f\x7f-\x9f]/g, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

/** When what was written has left, or has nowhere to go: only then may the process end. */
export function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    if (stream.destroyed || !stream.writable) resolve();
    else stream.write('', () => resolve());
  });
}
