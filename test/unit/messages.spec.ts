// Every message but the hellos, written and read, and what is refused of it.
import { Alert, Cause, CodeClass, Drop } from "../../assembly/codes";
import { hmacKey, sha256Start } from "../../assembly/crypto";
import * as AlertMessage from "../../assembly/messages/alert";
import * as ClientKeyExchange from "../../assembly/messages/client-key-exchange";
import * as Finished from "../../assembly/messages/finished";
import * as HelloVerifyRequest from "../../assembly/messages/hello-verify-request";
import * as ServerHelloDone from "../../assembly/messages/server-hello-done";
import * as ServerKeyExchange from "../../assembly/messages/server-key-exchange";
import { OK, cause } from "../../assembly/outcome";
import { verifyData } from "../../assembly/schedule/keys";
import { CLIENT, Connection, SERVER } from "../../assembly/state/connection";
import { HAS_QUESTION, Handshake } from "../../assembly/state/handshake";
import { Reader, Writer } from "../../assembly/wire";
import {
  count, freshConnection, freshContext, freshHandshake, read, write,
} from "./support";

const BODY: usize = memory.data(512, 16);
const DECODE_ERROR: i32 = CodeClass.WE_ABORTED + Alert.DECODE_ERROR;

/** A connection of this role. */
function connection(role: u8): Connection {
  let fresh = freshConnection();
  fresh.role = role;
  return fresh;
}

function written(): string {
  return read(BODY, <u32>(Writer.at - BODY));
}

function receiveHelloVerifyRequest(handshake: Handshake, text: string): i32 {
  Reader.start(BODY, write(BODY, text));
  return HelloVerifyRequest.read(handshake);
}

describe("HelloVerifyRequest", () => {
  it("is written with a cookie of 16 bytes", () => {
    count(BODY + 256, 16, 0xa0);
    Writer.start(BODY);
    HelloVerifyRequest.write(BODY + 256);
    expect(written()).toBe("fefd10a0a1a2a3a4a5a6a7a8a9aaabacadaeaf");
    expect(<u32>(Writer.at - BODY)).toBe(HelloVerifyRequest.LENGTH);
  });

  // 6347-4.2.1-7, 6347-4.2.1-9
  it("may say any version, and have a cookie of any length", () => {
    let handshake = freshHandshake();
    expect(receiveHelloVerifyRequest(handshake, "feff 02 0102")).toBe(OK);
    expect(handshake.cookieLength).toBe(2);
    handshake = freshHandshake();
    expect(receiveHelloVerifyRequest(handshake, "fefd 00")).toBe(OK);
    handshake = freshHandshake();
    let longest = "fefdff";
    for (let i = 0; i < 255; i++) longest += "5a";
    expect(receiveHelloVerifyRequest(handshake, longest)).toBe(OK);
    expect(handshake.cookieLength).toBe(255);
    expect(load<u8>(handshake.cookie + 254)).toBe(0x5a);
  });

  // 6347-4.2.1-8
  it("is answered each time its cookie is another one, but not for ever", () => {
    let handshake = freshHandshake();
    expect(receiveHelloVerifyRequest(handshake, "fefd 01 01")).toBe(OK);
    expect(receiveHelloVerifyRequest(handshake, "fefd 01 01")).toBe(CodeClass.DROPPED + Drop.STALE_MESSAGE);
    expect(receiveHelloVerifyRequest(handshake, "fefd 01 02")).toBe(OK);
    expect(receiveHelloVerifyRequest(handshake, "fefd 01 03")).toBe(OK);
    expect(receiveHelloVerifyRequest(handshake, "fefd 01 04")).toBe(OK);
    expect(receiveHelloVerifyRequest(handshake, "fefd 01 05")).toBe(CodeClass.DROPPED + Drop.STALE_MESSAGE);
  });

  it("is refused in each of its prefixes, and with a byte too many", () => {
    expect(receiveHelloVerifyRequest(freshHandshake(), "")).toBe(DECODE_ERROR);
    expect(receiveHelloVerifyRequest(freshHandshake(), "fe")).toBe(DECODE_ERROR);
    expect(receiveHelloVerifyRequest(freshHandshake(), "fefd")).toBe(DECODE_ERROR);
    expect(receiveHelloVerifyRequest(freshHandshake(), "fefd0201")).toBe(DECODE_ERROR);
    expect(receiveHelloVerifyRequest(freshHandshake(), "fefd010102")).toBe(DECODE_ERROR);
  });
});

function receiveServerKeyExchange(text: string): i32 {
  Reader.start(BODY, write(BODY, text));
  return ServerKeyExchange.read(freshConnection(), freshHandshake());
}

describe("ServerKeyExchange", () => {
  // 4279-2-2, 4279-5.2-1
  it("carries the hint there and back; an empty one is a hint too", () => {
    let context = freshContext();
    context.identityLength = 3;
    count(context.identity, 3, 0x61);
    Writer.start(BODY);
    ServerKeyExchange.write(freshConnection(), freshHandshake());
    expect(written()).toBe("0003616263");
    let handshake = freshHandshake();
    Reader.start(BODY, 5);
    expect(ServerKeyExchange.read(freshConnection(), handshake)).toBe(OK);
    expect(read(handshake.identity, handshake.identityLength)).toBe("616263");
    expect(receiveServerKeyExchange("0000")).toBe(OK);
  });

  it("with a hint that is no identity is taken as without", () => {
    let handshake = freshHandshake();
    memory.fill(BODY, 0x61, 256);
    write(BODY, "0081");
    Reader.start(BODY, 131);
    expect(ServerKeyExchange.read(freshConnection(), handshake)).toBe(OK);
    expect(handshake.identityLength).toBe(0);
  });

  it("is refused cut short or with more", () => {
    expect(receiveServerKeyExchange("")).toBe(DECODE_ERROR);
    expect(receiveServerKeyExchange("00")).toBe(DECODE_ERROR);
    expect(receiveServerKeyExchange("000261")).toBe(DECODE_ERROR);
    expect(receiveServerKeyExchange("00016161")).toBe(DECODE_ERROR);
  });
});

describe("ServerHelloDone", () => {
  it("is empty", () => {
    Reader.start(BODY, 0);
    expect(ServerHelloDone.read()).toBe(OK);
    Reader.start(BODY, 1);
    expect(ServerHelloDone.read()).toBe(DECODE_ERROR);
  });
});

function receiveClientKeyExchange(handshake: Handshake, length: u32): i32 {
  Reader.start(BODY, length);
  return ClientKeyExchange.read(freshConnection(), handshake);
}

describe("ClientKeyExchange", () => {
  // 7925-4.2-3, 7925-4.2-4, 7925-4.2-5, 4279-5.3-1: any 0 to 128 bytes
  it("carries the identity byte by byte, and asks for its key", () => {
    let handshake = freshHandshake();
    count(handshake.identity, 128, 0xf0);
    handshake.identityLength = 128;
    Writer.start(BODY);
    ClientKeyExchange.write(freshConnection(), handshake);
    let sent = read(BODY + 2, 128);
    handshake = freshHandshake();
    expect(receiveClientKeyExchange(handshake, 130)).toBe(OK);
    expect(handshake.identityLength).toBe(128);
    expect(read(handshake.identity, 128)).toBe(sent);
    expect(handshake.has).toBe(HAS_QUESTION);
    expect(receiveClientKeyExchange(freshHandshake(), write(BODY, "0000"))).toBe(OK);
  });

  // 7925-6-4
  it("with an identity that is too long is of nobody we know", () => {
    memory.fill(BODY, 0x61, 256);
    write(BODY, "0081");
    expect(receiveClientKeyExchange(freshHandshake(), 131)).toBe(CodeClass.WE_ABORTED + Alert.DECRYPT_ERROR);
    expect(cause).toBe(Cause.UNKNOWN_IDENTITY);
  });

  it("is refused cut short or with more", () => {
    expect(receiveClientKeyExchange(freshHandshake(), write(BODY, ""))).toBe(DECODE_ERROR);
    expect(receiveClientKeyExchange(freshHandshake(), write(BODY, "0002 61"))).toBe(DECODE_ERROR);
    expect(receiveClientKeyExchange(freshHandshake(), write(BODY, "0001 6161"))).toBe(DECODE_ERROR);
  });
});

function ready(): Handshake {
  let handshake = freshHandshake();
  count(BODY, 48, 0);
  hmacKey(handshake.master, BODY, 48);
  sha256Start(handshake.transcript);
  return handshake;
}

describe("Finished", () => {
  // 6347-4.2.6-2
  it("is taken from the other side with the right twelve bytes, and with no other bit", () => {
    let handshake = ready();
    verifyData(handshake, SERVER, BODY);
    Reader.start(BODY, 12);
    expect(Finished.read(connection(CLIENT), handshake)).toBe(OK);
    for (let bit: u32 = 0; bit < 96; bit++) {
      verifyData(handshake, SERVER, BODY);
      store<u8>(BODY + (bit >> 3), <u32>load<u8>(BODY + (bit >> 3)) ^ (1 << (bit & 7)));
      Reader.start(BODY, 12);
      if (Finished.read(connection(CLIENT), handshake) != CodeClass.WE_ABORTED + Alert.DECRYPT_ERROR) expect(bit).toBe(-1);
    }
    expect(cause).toBe(Cause.BAD_FINISHED);
  });

  it("is not taken when it is our own, sent back", () => {
    let handshake = ready();
    verifyData(handshake, CLIENT, BODY);
    Reader.start(BODY, 12);
    expect(Finished.read(connection(CLIENT), handshake)).toBe(CodeClass.WE_ABORTED + Alert.DECRYPT_ERROR);
  });

  it("has twelve bytes", () => {
    let handshake = ready();
    verifyData(handshake, CLIENT, BODY);
    Reader.start(BODY, 11);
    expect(Finished.read(connection(SERVER), handshake)).toBe(DECODE_ERROR);
    Reader.start(BODY, 13);
    expect(Finished.read(connection(SERVER), handshake)).toBe(DECODE_ERROR);
    Writer.start(BODY + 64);
    Finished.write(BODY);
    expect(<u32>(Writer.at - BODY)).toBe(76);
  });
});

describe("Alert", () => {
  it("is a warning only for those that are", () => {
    AlertMessage.write(BODY, Alert.CLOSE_NOTIFY);
    expect(read(BODY, 2)).toBe("0100");
    AlertMessage.write(BODY, Alert.NO_RENEGOTIATION);
    expect(read(BODY, 2)).toBe("0164");
    AlertMessage.write(BODY, Alert.DECRYPT_ERROR);
    expect(read(BODY, 2)).toBe("0233");
  });

  // 7925-6-1: a reserved alert that calls itself fatal is
  it("ends the connection if it says so, whatever it is, and close_notify does always", () => {
    expect(AlertMessage.isFinal(1, Alert.CLOSE_NOTIFY)).toBe(true);
    expect(AlertMessage.isFinal(1, Alert.NO_RENEGOTIATION)).toBe(false);
    expect(AlertMessage.isFinal(1, Alert.USER_CANCELED)).toBe(false);
    for (let alert: u32 = 0; alert < 256; alert++) {
      if (!AlertMessage.isFinal(2, alert)) expect(alert).toBe(-1);
    }
  });
});
