// Whose record it is: by its connection ID, or else by the address of its datagram.
import { ContentType } from "./codes";
import { isEqual } from "./crypto";
import { CID_AT, Incoming } from "./record/plaintext";
import { Connection, connectionAt, connectionOf } from "./state/connection";
import { Context } from "./state/context";
import { get16 } from "./wire";

/** While a live association has a successor, the handshake's records are the successor's; data stays with the old. */
export function successorOr(connection: Connection | null): Connection | null {
  let successor = connection ? connectionOf(connection.successor) : null;
  if (!successor) return connection;
  return Incoming.epoch == 0 || Incoming.type == ContentType.HANDSHAKE ? successor : connection;
}

/** The slot that one of our CIDs names, -1 if none. */
export function slotOf(context: Context, cid: usize, length: u32): i32 {
  let number = cid + context.cidPrefixLength;
  let left = length - context.cidPrefixLength;
  if (!left) return -1;
  return left == 1 ? load<u8>(number) : get16(number);
}

/**
 * Whatever its address, `receiver`'s or nobody's: what the CID names (RFC 9146 §3). Ours are CID_PREFIX ‖ slot ‖ random, the slot in two bytes, or in
 * one where there is no second; a prefix that is all of the CID is found by the address alone.
 */
export function connectionOfCid(context: Context, receiver: i32): Connection | null {
  let cid = Incoming.header + CID_AT;
  let slot = slotOf(context, cid, Incoming.cidLength);
  let handle = receiver;
  if (slot >= 0) {
    let inSlot = connectionAt(slot);
    handle = inSlot ? inSlot.handle : 0;
  }
  let connection = connectionOf(handle);
  if (!connection || connection.ownCidLength != <u8>Incoming.cidLength) return null;
  if (!isEqual(connection.ownCid, cid, Incoming.cidLength)) return null;
  Incoming.resident = receiver;
  Incoming.isElsewhere = !receiver || (handle != receiver && connection.predecessor != receiver);
  return connection;
}
