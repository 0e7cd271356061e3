// uint16 RecordSizeLimit;                                                                          RFC 8449 §4
// The longest plaintext of a protected record that its sender takes; each side has its own. It stands in for
// max_fragment_length where a peer knows both (8449-5-1).
import { Alert, Cause, ExtensionType } from "../codes";
import { PLAINTEXT_MAX, RECORD_SIZE_LIMIT_MIN } from "../limits";
import { OK, abort, malformed } from "../outcome";
import { OVERHEAD_MIN } from "../record/protect";
import { Connection } from "../state/connection";
import { Context } from "../state/context";
import { HAS_RECORD_SIZE_LIMIT, Handshake } from "../state/handshake";
import { Reader, Writer } from "../wire";

/** Who has no limit of its own says how long a record can be, so that the peer knows that its limit is kept (8449-4-2). */
function own(context: Context): u32 {
  return context.recordSizeLimit ? context.recordSizeLimit : PLAINTEXT_MAX;
}

export function write(context: Context): void {
  Writer.u16(ExtensionType.RECORD_SIZE_LIMIT);
  Writer.u16(2);
  Writer.u16(own(context));
}

/** More than a record can hold is no fault: a later version may mean it. */
export function read(connection: Connection, handshake: Handshake): i32 {
  if (Reader.left() != 2) return malformed();
  let limit = Reader.u16();
  if (limit < RECORD_SIZE_LIMIT_MIN) return abort(Alert.ILLEGAL_PARAMETER, Cause.UNOFFERED_VALUE); // 8449-4-2
  handshake.has |= HAS_RECORD_SIZE_LIMIT;
  connection.sendMax = <u16>min(limit, PLAINTEXT_MAX); // 8449-4-1
  connection.receiveMax = <u16>own(connection.context);
  handshake.datagramMax = <u16>(connection.sendMax + OVERHEAD_MIN);
  return OK;
}
