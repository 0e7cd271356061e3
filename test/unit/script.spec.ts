// The handshake's tables.
import { HandshakeType } from "../../assembly/codes";
import {
  ABBREVIATED, FULL, SERVER_HELLO_ROW, VERIFY_ROW, condition, epoch, message, optional, speaker,
} from "../../assembly/script";

const CLIENT: u32 = 0;
const SERVER: u32 = 1;

function expectRow(row: u32, who: u32, keys: u32, what: i32): void {
  expect(speaker(row)).toBe(who, `speaker of ${what}`);
  expect(epoch(row)).toBe(keys, `epoch of ${what}`);
  expect(message(row)).toBe(what);
}

/** 6347-4.2.5-2, and design.md's second mistake: what authenticates is neither optional nor early. */
function expectSafe(script: StaticArray<u32>): void {
  for (let at = 0; at < script.length; at++) {
    let row = script[at];
    let type = message(row);
    let isProof = type == HandshakeType.FINISHED || type == HandshakeType.CHANGE_CIPHER_SPEC ||
      type == HandshakeType.CLIENT_KEY_EXCHANGE || type == HandshakeType.SERVER_HELLO;
    if (isProof) expect(condition(row) == 0 && !optional(row)).toBe(true, `row ${at}`);
    if (type == HandshakeType.CERTIFICATE || type == HandshakeType.CERTIFICATE_VERIFY) expect(optional(row)).toBe(false, `row ${at}`);
    if (epoch(row) == 0) continue;
    expect(message(script[at - 1])).toBe(HandshakeType.CHANGE_CIPHER_SPEC);
    expect(speaker(script[at - 1])).toBe(speaker(row));
  }
}

describe("the scripts of DTLS 1.2", () => {
  // RFC 6347 §4.2.4 figure 1, with the messages of RFC 4279 §2
  it("have the messages of the RFC's figures in their order", () => {
    expectRow(FULL[0], CLIENT, 0, HandshakeType.CLIENT_HELLO);
    expectRow(FULL[1], SERVER, 0, HandshakeType.HELLO_VERIFY_REQUEST);
    expectRow(FULL[2], CLIENT, 0, HandshakeType.CLIENT_HELLO);
    expectRow(FULL[3], SERVER, 0, HandshakeType.SERVER_HELLO);
    expectRow(FULL[4], SERVER, 0, HandshakeType.CERTIFICATE);
    expectRow(FULL[5], SERVER, 0, HandshakeType.SERVER_KEY_EXCHANGE);
    expectRow(FULL[6], SERVER, 0, HandshakeType.CERTIFICATE_REQUEST);
    expectRow(FULL[7], SERVER, 0, HandshakeType.SERVER_HELLO_DONE);
    expectRow(FULL[8], CLIENT, 0, HandshakeType.CERTIFICATE);
    expectRow(FULL[9], CLIENT, 0, HandshakeType.CLIENT_KEY_EXCHANGE);
    expectRow(FULL[10], CLIENT, 0, HandshakeType.CERTIFICATE_VERIFY);
    expectRow(FULL[11], CLIENT, 0, HandshakeType.CHANGE_CIPHER_SPEC);
    expectRow(FULL[12], CLIENT, 1, HandshakeType.FINISHED);
    expectRow(FULL[13], SERVER, 0, HandshakeType.NEW_SESSION_TICKET);
    expectRow(FULL[14], SERVER, 0, HandshakeType.CHANGE_CIPHER_SPEC);
    expectRow(FULL[15], SERVER, 1, HandshakeType.FINISHED);
    expect(message(FULL[16])).toBe(HandshakeType.DONE);
    expect(FULL.length).toBe(17);
  });

  // RFC 6347 §4.2.4 figure 2, RFC 5077 §3.1 figure 2
  it("part at ServerHello, and the abbreviated one ends with the client", () => {
    for (let at = 0; at <= <i32>SERVER_HELLO_ROW; at++) expect(ABBREVIATED[at]).toBe(FULL[at]);
    expectRow(ABBREVIATED[4], SERVER, 0, HandshakeType.NEW_SESSION_TICKET);
    expectRow(ABBREVIATED[5], SERVER, 0, HandshakeType.CHANGE_CIPHER_SPEC);
    expectRow(ABBREVIATED[6], SERVER, 1, HandshakeType.FINISHED);
    expectRow(ABBREVIATED[7], CLIENT, 0, HandshakeType.CHANGE_CIPHER_SPEC);
    expectRow(ABBREVIATED[8], CLIENT, 1, HandshakeType.FINISHED);
    expect(message(ABBREVIATED[9])).toBe(HandshakeType.DONE);
    expect(ABBREVIATED.length).toBe(10);
  });

  it("make nothing optional that authenticates, and change keys only behind a ChangeCipherSpec of the same side", () => {
    expectSafe(FULL);
    expectSafe(ABBREVIATED);
  });

  it("let only HelloVerifyRequest, ServerKeyExchange and CertificateRequest come unannounced", () => {
    for (let at = 0; at < FULL.length; at++) {
      let type = message(FULL[at]);
      let mayBeAbsent = type == HandshakeType.HELLO_VERIFY_REQUEST || type == HandshakeType.SERVER_KEY_EXCHANGE ||
        type == HandshakeType.CERTIFICATE_REQUEST;
      expect(optional(FULL[at])).toBe(mayBeAbsent, `row ${at}`);
    }
  });

  it("know where a client waits for the cookie and where a server begins", () => {
    expect(message(FULL[VERIFY_ROW])).toBe(HandshakeType.HELLO_VERIFY_REQUEST);
    expect(message(FULL[SERVER_HELLO_ROW])).toBe(HandshakeType.SERVER_HELLO);
  });
});
