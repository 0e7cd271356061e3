// Who a certificate says it is for (RFC 9525 §6, RFC 7252 §9.1.3.3): subjectAltName's dNSName, then a coaps:// URI in it, never
// a common name (7925-4.4.1-3, requirements C-18); and the EUI-64 of a device (7925-4.4.2-1), which is told, not checked
// (requirements C-09).
import { NameFlag } from "../certificate-codes";
import { HAS_CERTIFICATES } from "../features";
import { Reader, isSameText, lower } from "../wire";
import { Certificate } from "./certificate";
import { OBJECT_IDENTIFIER, SEQUENCE, SET, next, open, skipIf, skipRest } from "./der";
import { Extensions } from "./extensions";

/** GeneralName: [0] otherName, [2] dNSName, [6] uniformResourceIdentifier. */
const OTHER_NAME: u32 = 0xa0;
const DNS_NAME: u32 = 0x82;
const URI: u32 = 0x86;
/** "coaps://" and its port where none is written (RFC 7252 §6.2). */
const COAPS: usize = HAS_CERTIFICATES ? memory.data<u8>([0x63, 0x6f, 0x61, 0x70, 0x73, 0x3a, 0x2f, 0x2f]) : 0;
const COAPS_LENGTH: u32 = 8;
const PORT: usize = HAS_CERTIFICATES ? memory.data<u8>([0x3a, 0x35, 0x36, 0x38, 0x34]) : 0;
const PORT_LENGTH: u32 = 5;
/** id-on-MACAddress (1.3.6.1.5.5.7.8.12), [0], and the head of an OCTET STRING of 8 bytes. */
const EUI_64_NAME: usize = HAS_CERTIFICATES ? memory.data<u8>([
  0x06, 0x08, 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x08, 0x0c, 0xa0, 0x0a, 0x04, 0x08,
]) : 0;
const EUI_64_NAME_LENGTH: u32 = 14;
export const EUI_64: u32 = 8;
/** 2.5.4: id-at, and last arcs. */
const ID_AT: usize = HAS_CERTIFICATES ? memory.data<u8>([0x55, 0x04]) : 0;
export const COMMON_NAME: u32 = 3;
export const SERIAL_NUMBER: u32 = 5;

/** How many names the certificate has that `isNamed` looked through last. */
export let nameCount: u32 = 0;

/** True if one of the dNSNames (7925-4.4.1-2) of the certificate read last is this one; a wildcard is no more than its letters (7925-4.4.1-4). */
export function isNamed(name: usize, length: u32, flags: u32): bool {
  let found = false;
  nameCount = 0;
  Reader.start(Extensions.names, Extensions.namesLength);
  while (Reader.left()) {
    let tag = next();
    let element = open(tag);
    if (tag == DNS_NAME || tag == URI) nameCount++;
    if (tag == DNS_NAME && Reader.left() == length && isSameText(Reader.at, name, length)) found = true;
    if (tag == URI && flags & NameFlag.COAP && isCoapUri(name, length)) found = true;
    skipRest();
    Reader.close(element);
  }
  return found;
}

/** True if the URI under the Reader is coaps://name, with or without the port that goes without saying, and any path. */
function isCoapUri(name: usize, length: u32): bool {
  if (Reader.left() < COAPS_LENGTH + length || !isSameText(Reader.at, COAPS, COAPS_LENGTH)) return false;
  if (!isSameText(Reader.at + COAPS_LENGTH, name, length)) return false;
  Reader.take(COAPS_LENGTH + length);
  skipIf(PORT, PORT_LENGTH);
  let end = next();
  return end == 0x2f || end == 0x3f || end == 0x23 || Reader.left() == 0;
}

/**
 * Writes the EUI-64 of the certificate read last, EUI_64 bytes; false if it has none: a MACAddress in subjectAltName, or
 * xx-xx-xx-xx-xx-xx-xx-xx there as dNSName or as the leftmost common name.
 */
export function readEui64(to: usize): bool {
  Reader.start(Extensions.names, Extensions.namesLength);
  while (Reader.left()) {
    let tag = next();
    let element = open(tag);
    if (tag == OTHER_NAME && skipIf(EUI_64_NAME, EUI_64_NAME_LENGTH) && Reader.left() == EUI_64) {
      memory.copy(to, Reader.at, EUI_64);
      return true;
    }
    if (tag == DNS_NAME && readText(to)) return true;
    skipRest();
    Reader.close(element);
  }
  return openAttribute(COMMON_NAME) && readText(to);
}

/** Opens the value of the subject's leftmost attribute of this type under the Reader; false if there is none. */
export function openAttribute(type: u32): bool {
  Reader.start(Certificate.subject, Certificate.subjectLength);
  open(SEQUENCE);
  while (Reader.left()) {
    let set = open(SET);
    while (Reader.left()) {
      let attribute = open(SEQUENCE);
      let id = open(OBJECT_IDENTIFIER);
      let isWanted = skipIf(ID_AT, 2) && Reader.left() == 1 && Reader.u8() == type;
      skipRest();
      Reader.close(id);
      let value = open(next());
      if (isWanted) return true;
      skipRest();
      Reader.close(value);
      Reader.close(attribute);
    }
    Reader.close(set);
  }
  return false;
}

/** Writes the bytes that the text under the Reader says in pairs of hexadecimal digits, if it is nothing but that. */
function readText(to: usize): bool {
  if (Reader.left() != EUI_64 * 3 - 1) return false;
  let text = Reader.at;
  for (let i: u32 = 0; i < EUI_64; i++, text += 3) {
    let byte = (digit(load<u8>(text)) << 4) | digit(load<u8>(text, 1));
    if (byte > 0xff || (i < EUI_64 - 1 && load<u8>(text, 2) != 0x2d)) return false;
    store<u8>(to + i, byte);
  }
  return true;
}

/** The value of a hexadecimal digit; of anything else 0x100 or more. */
function digit(letter: u32): u32 {
  if (letter - 0x30 < 10) return letter - 0x30;
  letter = lower(letter) - 0x61;
  return letter < 6 ? letter + 10 : 0x100;
}
