// struct { } ServerHelloDone;                                            RFC 5246 §7.4.5
import { OK, malformed } from "../outcome";
import { Reader } from "../wire";

export function read(): i32 {
  return Reader.done() ? OK : malformed();
}
