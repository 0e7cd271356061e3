import { Failure } from './usage.js';

/**
 * The lines of a byte stream, each with its newline; a last one without a newline comes as it is. Throws a Failure as
 * soon as a line is longer than `maxBytes`, though its end may never come.
 */
export async function* lines(chunks: AsyncIterable<Uint8Array>, maxBytes: number): AsyncGenerator<Buffer> {
  let rest = Buffer.alloc(0);
  for await (const chunk of chunks) {
    rest = Buffer.concat([rest, chunk]);
    for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n')) {
      yield bounded(rest.subarray(0, end + 1), maxBytes);
      rest = rest.subarray(end + 1);
    }
    bounded(rest, maxBytes);
  }
  if (rest.length > 0) yield rest;
}

function bounded(line: Buffer, maxBytes: number): Buffer {
  if (line.length <= maxBytes) return line;
  throw new Failure(`a line is longer than the longest message, ${maxBytes} bytes`, 'write shorter lines, or raise --mtu');
}
