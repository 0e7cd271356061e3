// The handshake's table.
import { HandshakeType } from "../../assembly/codes";
import {
  DTLS_1_2, SERVER_HELLO_ROW, VERIFY_ROW, condition, epoch, message, optional, row, speaker,
} from "../../assembly/script";

const CLIENT: u32 = 0;
const SERVER: u32 = 1;

function expectRow(at: u32, who: u32, keys: u32, what: i32): void {
  expect(speaker(row(at))).toBe(who, `speaker of row ${at}`);
  expect(epoch(row(at))).toBe(keys, `epoch of row ${at}`);
  expect(message(row(at))).toBe(what, `message of row ${at}`);
}

describe("the script of DTLS 1.2", () => {
  // RFC 6347 §4.2.4 figure 1, with the messages of RFC 4279 §2
  it("has the messages of the RFC's figure in their order", () => {
    expectRow(0, CLIENT, 0, HandshakeType.CLIENT_HELLO);
    expectRow(1, SERVER, 0, HandshakeType.HELLO_VERIFY_REQUEST);
    expectRow(2, CLIENT, 0, HandshakeType.CLIENT_HELLO);
    expectRow(3, SERVER, 0, HandshakeType.SERVER_HELLO);
    expectRow(4, SERVER, 0, HandshakeType.SERVER_KEY_EXCHANGE);
    expectRow(5, SERVER, 0, HandshakeType.SERVER_HELLO_DONE);
    expectRow(6, CLIENT, 0, HandshakeType.CLIENT_KEY_EXCHANGE);
    expectRow(7, CLIENT, 0, HandshakeType.CHANGE_CIPHER_SPEC);
    expectRow(8, CLIENT, 1, HandshakeType.FINISHED);
    expectRow(9, SERVER, 0, HandshakeType.CHANGE_CIPHER_SPEC);
    expectRow(10, SERVER, 1, HandshakeType.FINISHED);
    expect(message(row(11))).toBe(HandshakeType.DONE);
    expect(DTLS_1_2.length).toBe(12);
  });

  it("lets only HelloVerifyRequest and ServerKeyExchange be absent", () => {
    for (let at = 0; at < DTLS_1_2.length; at++) {
      let type = message(row(at));
      let mayBeAbsent = type == HandshakeType.HELLO_VERIFY_REQUEST || type == HandshakeType.SERVER_KEY_EXCHANGE;
      expect(optional(row(at))).toBe(mayBeAbsent, `row ${at}`);
    }
  });

  // 6347-4.2.5-2, and design.md's second mistake: nothing that authenticates hangs on a condition
  it("has no condition on what authenticates", () => {
    for (let at = 0; at < DTLS_1_2.length; at++) {
      if (condition(row(at)) == 0) continue;
      let type = message(row(at));
      expect(type == HandshakeType.CLIENT_HELLO || type == HandshakeType.SERVER_KEY_EXCHANGE).toBe(true, `row ${at}`);
    }
  });

  it("changes keys only behind a ChangeCipherSpec of the same side", () => {
    for (let at = 1; at < DTLS_1_2.length; at++) {
      if (epoch(row(at)) == 0) continue;
      expect(message(row(at - 1))).toBe(HandshakeType.CHANGE_CIPHER_SPEC);
      expect(speaker(row(at - 1))).toBe(speaker(row(at)));
    }
  });

  it("knows where a client waits for the cookie and where a server begins", () => {
    expect(message(row(VERIFY_ROW))).toBe(HandshakeType.HELLO_VERIFY_REQUEST);
    expect(message(row(SERVER_HELLO_ROW))).toBe(HandshakeType.SERVER_HELLO);
  });
});
