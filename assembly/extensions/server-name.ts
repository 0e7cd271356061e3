// struct { NameType name_type; opaque HostName<1..2^16-1>; } ServerName;
// struct { ServerName server_name_list<1..2^16-1>; } ServerNameList;         RFC 6066 §3; a server's answer is empty (6066-3-2)
import { Alert, Cause, ExtensionType } from "../codes";
import { OK, abort, malformed } from "../outcome";
import { ContextFlag } from "../records";
import { hashName } from "../resumption";
import { Connection } from "../state/connection";
import { Context, contextAt } from "../state/context";
import { HAS_SERVER_NAME, Handshake } from "../state/handshake";
import { Reader, Writer, isSameText } from "../wire";

const HOST_NAME: u32 = 0;

/** One name, which the host made sure is one of DNS, without a dot at its end (6066-3-1, 7925-14-1, 7252-9.1.3-1). */
export function write(context: Context): void {
  Writer.u16(ExtensionType.SERVER_NAME);
  Writer.u16(context.nameLength + 5);
  Writer.u16(context.nameLength + 3);
  Writer.u8(HOST_NAME);
  Writer.u16(context.nameLength);
  Writer.bytes(context.name, context.nameLength);
}

export function writeAnswer(): void {
  Writer.u16(ExtensionType.SERVER_NAME);
  Writer.u16(0);
}

export function readAnswer(): i32 {
  return Reader.left() == 0 ? OK : malformed();
}

/** The name decides which context the server goes on with: its key set or certificate (7925-4.2-6). */
export function read(connection: Connection, handshake: Handshake): i32 {
  let length = Reader.u16();
  if (length != Reader.left() || length == 0) return malformed();
  let name: usize = 0;
  let nameLength: u32 = 0;
  while (Reader.left() != 0) {
    let type = Reader.u8();
    length = Reader.u16();
    let at = Reader.take(length);
    if (type != HOST_NAME) continue;
    if (name) return abort(Alert.ILLEGAL_PARAMETER, Cause.UNOFFERED_VALUE); // 6066-3-1
    if (length == 0) return malformed();
    name = at;
    nameLength = length;
  }
  handshake.name = hashName(name, nameLength);
  return name ? choose(connection, handshake, name, nameLength) : OK;
}

/**
 * The context that serves this name; else the listening one, if it serves any (its own name is empty), or if no context
 * serves a name, for then nothing is said of it. A name that nobody serves ends the handshake (9325-3.7-1).
 */
function choose(connection: Connection, handshake: Handshake, name: usize, length: u32): i32 {
  let fallback = connection.context;
  let isServed = false;
  let id = 0;
  let context = contextAt(id);
  while (context) {
    if (context.asks(ContextFlag.SERVES_NAME)) {
      isServed = true;
      if (context.nameLength == length && isSameText(context.name, name, length)) {
        fallback.users--;
        context.users++;
        connection.context = context;
        handshake.has |= HAS_SERVER_NAME;
        return OK;
      }
    }
    context = contextAt(++id);
  }
  if (!isServed || (fallback.asks(ContextFlag.SERVES_NAME) && fallback.nameLength == 0)) return OK;
  return abort(Alert.UNRECOGNIZED_NAME, Cause.UNKNOWN_NAME);
}
