// Datagrams that are almost right.
import type { Random } from '../../host/fleet/random.js';

/** Numbers at which lengths, counts and signs turn over. */
const EDGES = [0, 1, 2, 12, 13, 0x7f, 0x80, 0xff];

/** Types of the script, one of no script, and the numbers an engine might use for its own ends. */
const TYPES = [0, 1, 2, 3, 12, 14, 16, 20, 99, 252, 253, 254, 255];
const LENGTHS = [0, 1, 10, 100, 250, 500, 1_000, 65_535, 2 ** 24 - 1];

type Mutation = (bytes: Buffer, random: Random, others: readonly Buffer[]) => Buffer;

const place = (bytes: Buffer, random: Random) => random.below(Math.max(1, bytes.length));

function change(bytes: Buffer, at: number, to: (byte: number) => number): Buffer {
  const copy = Buffer.from(bytes);
  if (at < copy.length) copy[at] = to(copy[at]!);
  return copy;
}

const MUTATIONS: readonly Mutation[] = [
  // a bit, a byte, an edge
  (bytes, random) => change(bytes, place(bytes, random), (byte) => byte ^ (1 << random.below(8))),
  (bytes, random) => change(bytes, place(bytes, random), () => random.below(256)),
  (bytes, random) => change(bytes, place(bytes, random), () => EDGES[random.below(EDGES.length)]!),
  // the first record's header: type, version, epoch, number, length; the first message's header
  (bytes, random) => change(bytes, random.below(13), () => random.below(256)),
  (bytes, random) => change(bytes, 13 + random.below(12), () => EDGES[random.below(EDGES.length)]!),
  // a little more or less in a message's length, number, offset or piece
  (bytes, random) => change(bytes, 13 + [3, 5, 8, 11][random.below(4)]!, (byte) => byte + [-9, -1, 1, 2, 9, 100][random.below(6)]!),
  (bytes, random) => change(bytes, 0, () => 20 + random.below(5)),
  (bytes, random) => change(bytes, 4, () => random.below(3)),
  (bytes, random) => change(bytes, 13, () => TYPES[random.below(TYPES.length)]!),
  // a fragment of some message around it, or around a part of it
  (bytes, random) => fragmentAround(bytes.subarray(0, random.chance(0.5) ? bytes.length : random.below(60)), random),
  // shorter, longer, in pieces, twice
  (bytes, random) => bytes.subarray(0, place(bytes, random)),
  (bytes, random) => Buffer.concat([bytes, Buffer.from(random.fill(new Uint8Array(random.below(40))))]),
  (bytes, random) => {
    const at = place(bytes, random);
    return Buffer.concat([bytes.subarray(0, at), Buffer.from(random.fill(new Uint8Array(1 + random.below(4)))), bytes.subarray(at)]);
  },
  (bytes, random) => {
    const at = place(bytes, random);
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + random.below(8))]);
  },
  (bytes) => Buffer.concat([bytes, bytes]),
  // with another one behind it, or half of one
  (bytes, random, others) => Buffer.concat([bytes, others[random.below(others.length)] ?? bytes]),
  (bytes, random, others) => {
    const other = others[random.below(others.length)] ?? bytes;
    return Buffer.concat([bytes.subarray(0, place(bytes, random)), other.subarray(place(other, random))]);
  },
];

/** What might be taken for a protected record, if a message's content were taken for one. */
function recordLike(random: Random): Buffer {
  const record = Buffer.from(random.fill(new Uint8Array(13 + random.below(60))));
  record.writeUIntBE(20 + random.below(4), 0, 1);
  record.writeUIntBE(0xfefd, 1, 2);
  record.writeUIntBE(1, 3, 2);
  record.writeUIntBE(random.chance(0.5) ? record.length - 13 : random.below(17_000), 11, 2);
  return record;
}

/** A handshake record with one fragment whose fields agree with each other, if with nothing else. */
export function fragmentAround(content: Buffer, random: Random): Buffer {
  if (random.chance(0.3)) content = recordLike(random);
  const whole = random.chance(0.5) ? content.length : Math.max(content.length, LENGTHS[random.below(LENGTHS.length)]!);
  const offset = random.chance(0.5) ? 0 : random.below(whole - content.length + 1);
  const header = Buffer.alloc(13 + 12);
  header.writeUIntBE(22, 0, 1);
  header.writeUIntBE(0xfefd, 1, 2);
  header.writeUIntBE(random.below(1_000), 5, 6);
  header.writeUIntBE(12 + content.length, 11, 2);
  header.writeUIntBE(TYPES[random.below(TYPES.length)]!, 13, 1);
  header.writeUIntBE(whole, 14, 3);
  header.writeUIntBE(random.below(7), 17, 2);
  header.writeUIntBE(offset, 19, 3);
  header.writeUIntBE(content.length, 22, 3);
  return Buffer.concat([header, content]);
}

/** One to three changes. */
export function mutated(bytes: Buffer, random: Random, others: readonly Buffer[]): Buffer {
  let result = bytes;
  for (let i = random.below(3); i >= 0; i--) result = MUTATIONS[random.below(MUTATIONS.length)]!(result, random, others);
  return result;
}
