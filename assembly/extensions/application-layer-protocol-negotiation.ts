// opaque ProtocolName<1..2^8-1>;
// struct { ProtocolName protocol_name_list<2..2^16-1>; } ProtocolNameList;       RFC 7301 §3.1; CoAP over DTLS is "co" (9952-1)
import { Alert, Cause, ExtensionType } from "../codes";
import { isEqual } from "../crypto";
import { OK, abort, malformed } from "../outcome";
import { Connection } from "../state/connection";
import { Context } from "../state/context";
import { Reader, Writer, isListOfNames } from "../wire";

/** A client's whole list, in order of preference. */
export function writeList(context: Context): void {
  write(context.protocols, context.protocolsLength);
}

/** The server's answer: the one that it chose. */
export function writeChoice(connection: Connection): void {
  let name = connection.context.protocols;
  for (let index = connection.protocol; index > 1; index--) name += 1 + load<u8>(name);
  write(name, 1 + load<u8>(name));
}

function write(names: usize, length: u32): void {
  Writer.u16(ExtensionType.APPLICATION_LAYER_PROTOCOL_NEGOTIATION);
  Writer.u16(length + 2);
  Writer.u16(length);
  Writer.bytes(names, length);
}

/** A server takes the first of its own names that the client knows; a client only one that it offered (7301-3-1). */
export function read(connection: Connection, fromServer: bool): i32 {
  let length = Reader.u16();
  let theirs = Reader.take(length);
  if (Reader.left() != 0 || !isListOfNames(theirs, length)) return malformed();
  if (fromServer && length != 1 + <u32>load<u8>(theirs)) return malformed(); // exactly one
  let context = connection.context;
  let end = context.protocols + context.protocolsLength;
  let index: u8 = 1;
  for (let ours = context.protocols; ours != end; ours += 1 + load<u8>(ours), index++) {
    if (!contains(theirs, length, ours)) continue;
    connection.protocol = index;
    return OK;
  }
  return fromServer ? abort(Alert.ILLEGAL_PARAMETER, Cause.UNOFFERED_VALUE)
    : abort(Alert.NO_APPLICATION_PROTOCOL, Cause.NO_COMMON_PROTOCOL);
}

function contains(list: usize, length: u32, name: usize): bool {
  for (let at = list; at < list + length; at += 1 + load<u8>(at)) {
    if (load<u8>(at) == load<u8>(name) && isEqual(at, name, 1 + load<u8>(at))) return true;
  }
  return false;
}
