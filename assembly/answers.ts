// What the host answers to the handshake's questions.
import { resumeWaiting } from "./flight/retransmit";
import { IDENTITY_MAX, KEY_MAX } from "./limits";
import { deriveKeys } from "./schedule/keys";
import { speakWithKey } from "./speaking";
import { Connection, SERVER } from "./state/connection";
import { HAS_ASKED, HAS_QUESTION, Handshake } from "./state/handshake";
import { Reader } from "./wire";

/** The open question is answered with `length` bytes at `pointer`; false if that is no answer to it. */
export function answer(connection: Connection, handshake: Handshake, pointer: usize, length: u32): bool {
  return connection.role == SERVER ? answerServer(connection, handshake, pointer, length)
    : answerClient(connection, handshake, pointer, length);
}

function close(handshake: Handshake): void {
  handshake.has &= ~(HAS_QUESTION | HAS_ASKED);
}

/** A server's PSK: `length` bytes of key. */
function answerServer(connection: Connection, handshake: Handshake, pointer: usize, length: u32): bool {
  if (length - 1 >= KEY_MAX) return false;
  close(handshake);
  deriveKeys(connection, handshake, pointer, length);
  resumeWaiting(handshake);
  return true;
}

/** A client's PSK: a length byte, the identity, the key. */
function answerClient(connection: Connection, handshake: Handshake, pointer: usize, length: u32): bool {
  Reader.start(pointer, length);
  let identityLength = Reader.u8();
  let identity = Reader.take(identityLength);
  let keyLength = Reader.left();
  let key = Reader.take(keyLength);
  if (!Reader.done() || identityLength > IDENTITY_MAX || keyLength - 1 >= KEY_MAX) return false;
  close(handshake);
  handshake.identityLength = <u8>identityLength;
  memory.copy(handshake.identity, identity, identityLength);
  speakWithKey(connection, handshake, key, keyLength);
  return true;
}
