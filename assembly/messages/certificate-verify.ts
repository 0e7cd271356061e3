// struct { digitally-signed struct { opaque handshake_messages[handshake_messages_length]; } } CertificateVerify;  RFC 5246 §7.4.8
import { Handshake } from "../state/handshake";
import * as DigitallySigned from "./digitally-signed";

export function write(handshake: Handshake): void {
  DigitallySigned.write(handshake);
}

export function read(handshake: Handshake): i32 {
  return DigitallySigned.readOverTranscript(handshake);
}
