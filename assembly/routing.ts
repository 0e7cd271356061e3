// Whose record it is: by its connection ID, or else by the address of its datagram.
import { ContentType } from "./codes";
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

/**
 * Whatever its address, `receiver`'s or nobody's: what the CID names (RFC 9146 §3). Ours are CID_PREFIX ‖ slot ‖ random, the slot in two bytes, or in
 * one where there is no second; a prefix that is all of the CID is found by the address alone.
 */
export function connectionOfCid(context: Context, receiver: i32): Connection | null {
  let cid = Incoming.header + CID_AT;
  let number = cid + context.cidPrefixLength;
  let left = Incoming.cidLength - context.cidPrefixLength;
  let handle = receiver;
  if (left) {
    let inSlot = connectionAt(left == 1 ? <u32>load<u8>(number) : get16(number));
    handle = inSlot ? inSlot.handle : 0;
  }
  let connection = connectionOf(handle);
  if (!connection || connection.ownCidLength != <u8>Incoming.cidLength) return null;
  if (memory.compare(connection.ownCid, cid, Incoming.cidLength) != 0) return null;
  Incoming.resident = receiver;
  Incoming.isElsewhere = !receiver || (handle != receiver && connection.predecessor != receiver);
  return connection;
}
