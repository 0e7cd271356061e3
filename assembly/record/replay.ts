// The replay window, RFC 6347 §4.1.2.6: 64 records (6347-4.1.2.6-1), checked first (6347-4.1.2.6-2), moved only after the tag
// verified (6347-4.1.2.6-3). Before the first record of an epoch it is empty: top 0, no bit set (6347-4.1.2.6-4).
import { Connection } from "../state/connection";

const WINDOW: u32 = 64;

export function isReplay(connection: Connection, sequence: u64): bool {
  if (sequence > connection.windowTop) return false;
  let age = connection.windowTop - sequence;
  return age >= WINDOW || ((connection.window >> age) & 1) != 0;
}

/** Marks an authentic record. */
export function mark(connection: Connection, sequence: u64): void {
  if (sequence > connection.windowTop) {
    let shift = sequence - connection.windowTop;
    connection.window = shift >= WINDOW ? 0 : connection.window << shift;
    connection.windowTop = sequence;
  }
  connection.window |= (<u64>1) << (connection.windowTop - sequence);
}
