// What a connection sends outside of its handshake's flights: data, alerts, and the last flight once more.
import { ContentType, Drop, EventKind, HandshakeType } from "./codes";
import { epoch0Sequence, finishDatagram, pack, packChangeCipherSpec, startDatagram } from "./flight/datagram";
import { GCM_RECORDS_MAX, RECORD_HEADER, SEQUENCE_END } from "./limits";
import * as AlertMessage from "./messages/alert";
import * as Finished from "./messages/finished";
import * as NewSessionTicket from "./messages/new-session-ticket";
import { writeHeader } from "./record/plaintext";
import { overhead, protect, protectedHeader } from "./record/protect";
import { Connection } from "./state/connection";
import { VERIFY_DATA } from "./state/handshake";
import { SCRATCH, drop, emit, outMax, outWindow } from "./state/memory";
import { isGcm } from "./suites";
import { Writer } from "./wire";

/** Seals `length` bytes at `text` as application data in OUT (7252-9.1.1-2); the datagram's length. */
export function writeData(connection: Connection, text: usize, length: u32): u32 {
  memory.copy(outWindow + protectedHeader(connection), text, length);
  connection.spoke = true;
  return protect(connection, outWindow, ContentType.APPLICATION_DATA, length);
}

/** The longest application data that one datagram takes, and one record of the peer's (6347-4.1.1.1-1, 8449-4-1, 9146-5-1). In bytes. */
export function payloadMax(connection: Connection): u32 {
  let typeLength: u32 = connection.peerCidLength ? 1 : 0;
  return min(min(connection.context.mtu, outMax) - overhead(connection), connection.sendMax - typeLength);
}

/** Record numbers never come round (6347-4.1-9), and a GCM key seals only so many records (9325-4.4-1). */
export function isWornOut(connection: Connection): bool {
  return connection.writeSequence >= SEQUENCE_END || (isGcm(connection.aead) && connection.records >= GCM_RECORDS_MAX);
}

/** No record may be sealed any more, or none before a connection that was saved is saved again (saved-state.ts). */
export function isExhausted(connection: Connection): bool {
  return isWornOut(connection) || (connection.lease != 0 && connection.writeSequence >= connection.lease);
}

/** An alert in OUT, protected if our keys are in use (RFC 5246 §7.2); NONE where no record can carry it. */
export function writeAlert(connection: Connection, alert: u32): EventKind {
  let length: u32 = RECORD_HEADER + AlertMessage.LENGTH;
  if (connection.writeEpoch) {
    if (isExhausted(connection)) return EventKind.NONE;
    AlertMessage.write(outWindow + protectedHeader(connection), alert);
    length = protect(connection, outWindow, ContentType.ALERT, AlertMessage.LENGTH);
  } else {
    let handshake = connection.handshake;
    if (!handshake) return EventKind.NONE;
    writeHeader(outWindow, ContentType.ALERT, 0, handshake.writeSequence++, AlertMessage.LENGTH);
    AlertMessage.write(outWindow + RECORD_HEADER, alert);
  }
  return emit(EventKind.DATAGRAM, connection.handle, 0, outWindow, length);
}

/** ChangeCipherSpec and Finished once more, the same but for their record numbers (6347-4.2.4-4). */
export function repeatLastFlight(connection: Connection): EventKind {
  if (isExhausted(connection)) return drop(Drop.UNANSWERED); // 6347-4.1-9
  let aftercare = connection.aftercare!;
  startDatagram(outMax, aftercare.writeSequence);
  if (aftercare.hasTicket) {
    Writer.start(SCRATCH);
    NewSessionTicket.write(aftercare.ticket, aftercare.hasTicket - 1);
    let sequence = aftercare.messageSequence - 1;
    pack(connection, 0, HandshakeType.NEW_SESSION_TICKET, sequence, SCRATCH, <u32>(Writer.at - SCRATCH), 0);
  }
  packChangeCipherSpec(connection);
  Writer.start(SCRATCH);
  Finished.write(aftercare.verifyData);
  pack(connection, 1, HandshakeType.FINISHED, aftercare.messageSequence, SCRATCH, VERIFY_DATA, 0);
  let length = finishDatagram(connection);
  aftercare.writeSequence = epoch0Sequence();
  return emit(EventKind.DATAGRAM, connection.handle, 0, outWindow, length);
}
