// struct { opaque cid<0..2^8-1>; } ConnectionId;                       RFC 9146 §3 (9146-3-1)
// What either side says is what it wants to be sent; an empty one wants nothing, and goes with a peer's that does.
import { Alert, Cause, ExtensionType } from "../codes";
import { random } from "../crypto";
import { CID_ROOM, SLOTS_MAX } from "../limits";
import { OK, abort, malformed } from "../outcome";
import { Connection, peerCidMax } from "../state/connection";
import { HAS_CONNECTION_ID, HAS_RETURN_ROUTABILITY, Handshake } from "../state/handshake";
import { outMax } from "../state/memory";
import { Reader, Writer, put16 } from "../wire";

/** Bytes of the slot, where there are as many. */
const SLOT: i32 = 2;

/** Makes our CID for a connection, anew in each of its handshakes (9146-3-7, 7925-22-1): CID_PREFIX ‖ slot ‖ random. OK, or a code to end with. */
export function draw(connection: Connection): i32 {
  let context = connection.context;
  let left = context.cidLength - <i32>context.cidPrefixLength;
  let slot = <u32>connection.handle & (SLOTS_MAX - 1);
  let at = connection.ownCid;
  connection.ownCidLength = <u8>context.ownCidLength;
  memory.copy(at, context.cidPrefix, context.cidPrefixLength);
  at += context.cidPrefixLength;
  if (left == 1) {
    store<u8>(at, slot);
    if (slot > 255) connection.ownCidLength = 0; // it could not be told from another
  } else if (left > 1) {
    put16(at, slot);
    if (random(at + SLOT, left - SLOT)) return abort(Alert.INTERNAL_ERROR, Cause.NONE);
  }
  return OK;
}

export function write(connection: Connection): void {
  Writer.u16(ExtensionType.CONNECTION_ID);
  Writer.u16(1 + connection.ownCidLength);
  Writer.u8(connection.ownCidLength);
  Writer.bytes(connection.ownCid, connection.ownCidLength);
}

/**
 * The peer's. The layout and the MTU say how long it may be (9146-3-6); a server that has no room for it goes on as if there were
 * none, a client cannot.
 */
export function read(connection: Connection, handshake: Handshake, fromServer: bool): i32 {
  let length = Reader.u8();
  let cid = Reader.take(length);
  if (Reader.left() != 0) return malformed();
  let room = min(connection.context.mtu, outMax) - CID_ROOM;
  if (length > min(peerCidMax, room)) return fromServer ? abort(Alert.HANDSHAKE_FAILURE, Cause.CID_TOO_LONG) : OK;
  handshake.has |= HAS_CONNECTION_ID;
  connection.peerCidLength = <u8>length;
  memory.copy(connection.peerCid, cid, length);
  return fromServer ? OK : draw(connection);
}

/** All of a hello was read: nobody is sent a CID of which only one side spoke (9146-3-2), nor checks paths without (9853-3-1). */
export function settle(connection: Connection, handshake: Handshake): void {
  if (!(handshake.has & HAS_CONNECTION_ID)) connection.ownCidLength = 0;
  connection.returnRoutability = !handshake.lacks(HAS_CONNECTION_ID | HAS_RETURN_ROUTABILITY);
}
