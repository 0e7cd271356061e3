// struct { opaque verify_data[12]; } Finished;                           RFC 5246 §7.4.9
import { Alert, Cause } from "../codes";
import { constantTimeEqual, wipe } from "../crypto";
import { OK, abort, malformed } from "../outcome";
import { verifyData } from "../schedule/keys";
import { CLIENT, Connection, SERVER } from "../state/connection";
import { Handshake, VERIFY_DATA } from "../state/handshake";
import { Reader, Writer } from "../wire";

const EXPECTED: usize = memory.data(VERIFY_DATA, 16);

export function write(verifyData: usize): void {
  Writer.bytes(verifyData, VERIFY_DATA);
}

/** Compared in constant time; the hash ends before this message (6347-4.2.6-2). */
export function read(connection: Connection, handshake: Handshake): i32 {
  let received = Reader.take(VERIFY_DATA);
  if (!Reader.done()) return malformed();
  verifyData(handshake, connection.role == CLIENT ? SERVER : CLIENT, EXPECTED);
  let equal = constantTimeEqual(received, EXPECTED, VERIFY_DATA);
  wipe(EXPECTED, VERIFY_DATA);
  return equal ? OK : abort(Alert.DECRYPT_ERROR, Cause.BAD_FINISHED);
}
