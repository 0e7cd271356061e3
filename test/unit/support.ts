// Bytes for the specs: in hex, in and out of memory, and one slot of each of the engine's objects outside of its pools, since
// the pools begin where the specs' own heap does.
import { InfoField } from "../../assembly/records";
import { CLIENT, Connection } from "../../assembly/state/connection";
import { Context, carveContexts } from "../../assembly/state/context";
import { Handshake } from "../../assembly/state/handshake";
import { setInfo, startLayout } from "../../assembly/state/memory";

const SLOT: u32 = 4096;
const CONNECTION: usize = memory.data(SLOT, 16);
const HANDSHAKE: usize = memory.data(SLOT, 16);
const CONTEXT: usize = memory.data(SLOT, 16);
export const MESSAGE_MAX: u32 = 1024;
export const OUT_MAX: u32 = 1300;

function digit(code: i32): u32 {
  return code > 0x60 ? code - 0x57 : code - 0x30;
}

/** Writes what the text says in hex (blanks do not count) to `at`; returns how many bytes that was. */
export function write(at: usize, text: string): u32 {
  let digits: u32 = 0;
  for (let i = 0; i < text.length; i++) {
    let code = text.charCodeAt(i);
    if (code == 0x20) continue;
    let byte = at + (digits >> 1);
    store<u8>(byte, digits & 1 ? (<u32>load<u8>(byte) << 4) | digit(code) : digit(code));
    digits++;
  }
  return digits >> 1;
}

/** The bytes of memory in hex. */
export function read(at: usize, length: u32): string {
  let text = "";
  for (let i: u32 = 0; i < length; i++) {
    let byte: u32 = load<u8>(at + i);
    text += "0123456789abcdef".charAt(byte >> 4) + "0123456789abcdef".charAt(byte & 15);
  }
  return text;
}

/** Writes `length` bytes that count upwards from `first`. */
export function count(at: usize, length: u32, first: u32): void {
  for (let i: u32 = 0; i < length; i++) store<u8>(at + i, first + i);
}

/** Numbers that look like chance and are the same each time (Knuth's MMIX generator). */
export class Chance {
  static state: u64 = 1;
  static below(end: u32): u32 {
    Chance.state = Chance.state * 6364136223846793005 + 1442695040888963407;
    return <u32>((Chance.state >> 33) % end);
  }
}

/** Sets the longest message and datagram without laying anything out: a layout of no bytes is refused behind that. */
function setLimits(): void {
  setInfo(InfoField.BYTES, 0);
  setInfo(InfoField.MESSAGE_MAX, MESSAGE_MAX);
  setInfo(InfoField.OUT_MAX, OUT_MAX);
  startLayout();
}

/** An empty context, connection and handshake that belong together. */
export function freshHandshake(): Handshake {
  setLimits();
  memory.fill(HANDSHAKE, 0, SLOT);
  return changetype<Handshake>(HANDSHAKE);
}
export function freshContext(): Context {
  setInfo(InfoField.CONTEXT_BYTES, 192);
  carveContexts(); // none: the size of one is all that is wanted
  memory.fill(CONTEXT, 0, SLOT);
  changetype<Context>(CONTEXT).cidLength = -1;
  return changetype<Context>(CONTEXT);
}
export function freshConnection(): Connection {
  memory.fill(CONNECTION, 0, SLOT);
  let connection = changetype<Connection>(CONNECTION);
  connection.role = CLIENT;
  connection.context = changetype<Context>(CONTEXT);
  return connection;
}
