// The two hellos and their extensions, written and read, and what is refused of them.
import { Alert, Cause, CipherSuite, CodeClass } from "../../assembly/codes";
import { ContextFlag } from "../../assembly/records";
import * as ClientHello from "../../assembly/messages/client-hello";
import * as ServerHello from "../../assembly/messages/server-hello";
import { OK, cause } from "../../assembly/outcome";
import { CLIENT, Connection, SERVER } from "../../assembly/state/connection";
import { HAS_EXTENDED_MASTER_SECRET, HAS_SECURE_RENEGOTIATION } from "../../assembly/state/handshake";
import { Reader, Writer } from "../../assembly/wire";
import { count, freshConnection, freshContext, freshHandshake, read, write } from "./support";

const BODY: usize = memory.data(512, 16);
const CLIENT_RANDOM = "202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f";
const SERVER_RANDOM = "404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f";
const DECODE_ERROR: i32 = CodeClass.WE_ABORTED + Alert.DECODE_ERROR;
const ILLEGAL_PARAMETER: i32 = CodeClass.WE_ABORTED + Alert.ILLEGAL_PARAMETER;
const HANDSHAKE_FAILURE: i32 = CodeClass.WE_ABORTED + Alert.HANDSHAKE_FAILURE;

/** A connection whose context has CCM_8, then CCM. */
function connection(role: u8): Connection {
  let context = freshContext();
  context.suites01 = CipherSuite.TLS_PSK_WITH_AES_128_CCM_8 | (CipherSuite.TLS_PSK_WITH_AES_128_CCM << 16);
  let fresh = freshConnection();
  fresh.role = role;
  return fresh;
}

function written(): string {
  return read(BODY, <u32>(Writer.at - BODY));
}

const CLIENT_PREFIX = "fefd" + CLIENT_RANDOM;

function receiveClientHello(text: string, flags: u32 = 0): i32 {
  let side = connection(SERVER);
  side.context.flags = flags;
  if (!ClientHello.find(BODY, write(BODY, text))) return -1;
  return ClientHello.read(side, freshHandshake());
}

describe("ClientHello", () => {
  // 7925-5-2, 7925-8-1, 7925-18-1, 5746-3.4-1, 7627-5.2-1, 8422-5.1-1: these bytes and no others
  it("is written with what the client has, and nothing else", () => {
    let side = connection(CLIENT);
    let handshake = freshHandshake();
    count(handshake.clientRandom, 32, 0x20);
    Writer.start(BODY);
    ClientHello.write(side, handshake);
    expect(written()).toBe(CLIENT_PREFIX + "00" + "00" + "0006c0a8c0a400ff" + "0100" + "000400170000");
  });

  // 6347-4.2.1-1, 6347-4.2.1-9
  it("differs by its cookie alone, of 1 to 255 bytes", () => {
    let side = connection(CLIENT);
    let handshake = freshHandshake();
    count(handshake.clientRandom, 32, 0x20);
    count(handshake.cookie, 255, 1);
    handshake.cookieLength = 255;
    Writer.start(BODY);
    ClientHello.write(side, handshake);
    expect(written()).toBe(CLIENT_PREFIX + "00" + "ff" + read(handshake.cookie, 255) + "0006c0a8c0a400ff" + "0100" + "000400170000");
  });

  // 9325-4.2-1: the host's order decides
  it("settles suite, randoms and extensions", () => {
    let side = connection(SERVER);
    let handshake = freshHandshake();
    expect(ClientHello.find(BODY, write(BODY, CLIENT_PREFIX + "00 00 0006 c0a4c0a800ff 0100 0004 00170000"))).toBe(true);
    expect(ClientHello.read(side, handshake)).toBe(OK);
    expect(side.suite).toBe(0xc0a8, "the server's preference, not the client's");
    expect(side.aead).toBe(1);
    expect(read(handshake.clientRandom, 32)).toBe(CLIENT_RANDOM);
    expect(read(handshake.serverRandom, 32)).not.toBe(read(handshake.cookie, 32));
    expect(handshake.has & 3).toBe(3);
  });

  it("may come without extensions, or with an empty list", () => {
    expect(receiveClientHello(CLIENT_PREFIX + "00 00 0002 c0a8 0100")).toBe(OK);
    expect(receiveClientHello(CLIENT_PREFIX + "00 00 0002 c0a8 0100 0000")).toBe(OK);
  });

  // 7925-18-3: DTLS counts downwards, so that 1.3 is above
  it("of 1.2 and newer is taken, of older versions and of TLS refused", () => {
    const rest = CLIENT_RANDOM + "00 00 0002 c0a8 0100";
    expect(receiveClientHello("fefd" + rest)).toBe(OK);
    expect(receiveClientHello("fefc" + rest)).toBe(OK);
    expect(receiveClientHello("feff" + rest)).toBe(CodeClass.WE_ABORTED + Alert.PROTOCOL_VERSION);
    expect(receiveClientHello("fefe" + rest)).toBe(CodeClass.WE_ABORTED + Alert.PROTOCOL_VERSION);
    expect(receiveClientHello("0303" + rest)).toBe(CodeClass.WE_ABORTED + Alert.PROTOCOL_VERSION);
    expect(cause).toBe(Cause.NO_COMMON_VERSION);
  });

  // 7925-13-1
  it("needs a suite in common", () => {
    expect(receiveClientHello(CLIENT_PREFIX + "00 00 0004 008c00ae 0100")).toBe(HANDSHAKE_FAILURE);
    expect(cause).toBe(Cause.NO_COMMON_SUITE);
    expect(receiveClientHello(CLIENT_PREFIX + "00 00 0004 a8c0c0a8 0100")).toBe(OK);
    expect(receiveClientHello(CLIENT_PREFIX + "00 00 0004 00c0a8ff 0100")).toBe(HANDSHAKE_FAILURE, "a suite lies across two");
  });

  // 7925-8-1
  it("needs the null compression", () => {
    expect(receiveClientHello(CLIENT_PREFIX + "00 00 0002 c0a8 0101")).toBe(ILLEGAL_PARAMETER);
    expect(receiveClientHello(CLIENT_PREFIX + "00 00 0002 c0a8 00")).toBe(ILLEGAL_PARAMETER);
    expect(receiveClientHello(CLIENT_PREFIX + "00 00 0002 c0a8 024000")).toBe(OK);
  });

  // 7627-5.2-1
  it("needs the extended master secret where the context says so", () => {
    expect(receiveClientHello(CLIENT_PREFIX + "00 00 0002 c0a8 0100", ContextFlag.REQUIRE_EXTENDED_MASTER_SECRET)).toBe(HANDSHAKE_FAILURE);
    expect(cause).toBe(Cause.NO_EXTENDED_MASTER_SECRET);
    expect(receiveClientHello(CLIENT_PREFIX + "00 00 0002 c0a8 0100 000400170000", ContextFlag.REQUIRE_EXTENDED_MASTER_SECRET)).toBe(OK);
  });

  it("is refused in each of its prefixes, and with a byte too many", () => {
    let whole = CLIENT_PREFIX + "0000" + "0004c0a800ff" + "0100" + "0009" + "00170000" + "ff01000100";
    let withoutExtensions = CLIENT_PREFIX.length + 4 + 12 + 4;
    for (let end = 2; end < whole.length; end += 2) {
      if (end == withoutExtensions) continue;
      let code = receiveClientHello(whole.substring(0, end));
      if (code == OK) expect(end).toBe(-1, "a prefix");
    }
    expect(receiveClientHello(whole)).toBe(OK);
    expect(receiveClientHello(whole + "00")).toBe(DECODE_ERROR);
    expect(receiveClientHello(CLIENT_PREFIX + "00 00 0003 c0a800 0100")).toBe(DECODE_ERROR, "half a suite");
    expect(receiveClientHello(CLIENT_PREFIX + "00 00 0000 0100")).toBe(DECODE_ERROR, "no suite");
  });
});

const SERVER_PREFIX = "fefd" + SERVER_RANDOM + "00";

function receiveServerHello(text: string, flags: u32 = 0): i32 {
  let side = connection(CLIENT);
  side.context.flags = flags;
  Reader.start(BODY, write(BODY, text));
  return ServerHello.read(side, freshHandshake());
}

describe("ServerHello", () => {
  it("is written with what was chosen and offered", () => {
    let side = connection(SERVER);
    let handshake = freshHandshake();
    count(handshake.serverRandom, 32, 0x40);
    side.suite = CipherSuite.TLS_PSK_WITH_AES_128_CCM;
    Writer.start(BODY);
    ServerHello.write(side, handshake);
    expect(written()).toBe(SERVER_PREFIX + "c0a400", "no extension was offered: no list");
    handshake.has = HAS_EXTENDED_MASTER_SECRET | HAS_SECURE_RENEGOTIATION;
    Writer.start(BODY);
    ServerHello.write(side, handshake);
    expect(written()).toBe(SERVER_PREFIX + "c0a400" + "0009" + "00170000" + "ff01000100");
  });

  it("settles suite, random and extensions", () => {
    let side = connection(CLIENT);
    let handshake = freshHandshake();
    Reader.start(BODY, write(BODY, SERVER_PREFIX + "c0a400 0009 ff01000100 00170000"));
    expect(ServerHello.read(side, handshake)).toBe(OK);
    expect(side.suite).toBe(0xc0a4);
    expect(side.aead).toBe(2);
    expect(read(handshake.serverRandom, 32)).toBe(SERVER_RANDOM);
    expect(handshake.has & 3).toBe(3);
  });

  // 5246-7.4.1.3-1, 6655-3-2, 8442-3-1, 7925-8-1
  it("may choose only what was offered", () => {
    const safe = "0005 ff01000100";
    expect(receiveServerHello(SERVER_PREFIX + "c0a800" + safe)).toBe(OK);
    expect(receiveServerHello(SERVER_PREFIX + "00a800" + safe)).toBe(ILLEGAL_PARAMETER, "a suite of ours, but not of this context");
    expect(receiveServerHello(SERVER_PREFIX + "d00500" + safe)).toBe(ILLEGAL_PARAMETER, "TLS_ECDHE_PSK_WITH_AES_128_CCM_SHA256");
    expect(receiveServerHello(SERVER_PREFIX + "00ff00" + safe)).toBe(ILLEGAL_PARAMETER, "the signal is no suite");
    expect(receiveServerHello(SERVER_PREFIX + "000000" + safe)).toBe(ILLEGAL_PARAMETER);
    expect(receiveServerHello(SERVER_PREFIX + "c0a801" + safe)).toBe(ILLEGAL_PARAMETER, "compression");
    expect(receiveServerHello("feff" + SERVER_RANDOM + "00 c0a800" + safe)).toBe(ILLEGAL_PARAMETER, "an AEAD in DTLS 1.0");
    expect(receiveServerHello("feff" + SERVER_RANDOM + "00 008c00" + safe)).toBe(CodeClass.WE_ABORTED + Alert.PROTOCOL_VERSION);
    expect(receiveServerHello("fefc" + SERVER_RANDOM + "00 008c00" + safe)).toBe(CodeClass.WE_ABORTED + Alert.PROTOCOL_VERSION);
    expect(receiveServerHello(SERVER_PREFIX + "c0a800 0009 ff01000100 00160000")).toBe(CodeClass.WE_ABORTED + Alert.UNSUPPORTED_EXTENSION);
  });

  // 5746-3.4-1
  it("must signal secure renegotiation", () => {
    expect(receiveServerHello(SERVER_PREFIX + "c0a800")).toBe(HANDSHAKE_FAILURE);
    expect(receiveServerHello(SERVER_PREFIX + "c0a800 0004 00170000")).toBe(HANDSHAKE_FAILURE);
    expect(cause).toBe(Cause.NO_SECURE_RENEGOTIATION);
    expect(receiveServerHello(SERVER_PREFIX + "c0a800 0006 ff0100020101")).toBe(HANDSHAKE_FAILURE);
  });

  // 7627-5.2-1
  it("needs the extended master secret where the context says so", () => {
    expect(receiveServerHello(SERVER_PREFIX + "c0a800 0005 ff01000100", ContextFlag.REQUIRE_EXTENDED_MASTER_SECRET)).toBe(HANDSHAKE_FAILURE);
    expect(cause).toBe(Cause.NO_EXTENDED_MASTER_SECRET);
  });

  it("may have a session_id of 32 bytes, not of 33", () => {
    let id = "";
    for (let i = 0; i < 32; i++) id += "11";
    expect(receiveServerHello("fefd" + SERVER_RANDOM + "20" + id + "c0a800 0005 ff01000100")).toBe(OK);
    expect(receiveServerHello("fefd" + SERVER_RANDOM + "21" + id + "11 c0a800 0005 ff01000100")).toBe(DECODE_ERROR);
  });

  it("is refused in each of its prefixes, and with a byte too many", () => {
    let whole = SERVER_PREFIX + "c0a800" + "0009" + "00170000" + "ff01000100";
    for (let end = 0; end < whole.length; end += 2) {
      let code = receiveServerHello(whole.substring(0, end));
      if (code == OK) expect(end).toBe(-1, "a prefix");
    }
    expect(receiveServerHello(whole)).toBe(OK);
    expect(receiveServerHello(whole + "00")).toBe(DECODE_ERROR);
  });
});

const HELLO_PREFIX = "fefd" + CLIENT_RANDOM + "0000 0002c0a8 0100";

function receiveExtensions(list: string): i32 {
  if (!ClientHello.find(BODY, write(BODY, HELLO_PREFIX + list))) return -1;
  return ClientHello.read(connection(SERVER), freshHandshake());
}

describe("extensions", () => {
  // 5246-7.4.1.4-1
  it("that nobody knows are ignored, wherever they stand", () => {
    expect(receiveExtensions("0008 1a1a0000 00170000")).toBe(OK);
    expect(receiveExtensions("000c 00170000 1a1a0004 00000000")).toBe(OK);
  });

  // 5246-7.4.1.4-1
  it("come once each, known or not", () => {
    expect(receiveExtensions("0008 00170000 00170000")).toBe(DECODE_ERROR);
    expect(receiveExtensions("000c 1a1a0000 00170000 1a1a0000")).toBe(DECODE_ERROR);
    expect(receiveExtensions("0009 ff01000100 00170000")).toBe(OK);
    expect(receiveExtensions("000e ff01000100 00170000 ff01000100")).toBe(DECODE_ERROR);
  });

  it("fill their list, and lists their extensions", () => {
    expect(receiveExtensions("0004 00170001")).toBe(DECODE_ERROR, "an extension that runs past its list");
    expect(receiveExtensions("0003 001700")).toBe(DECODE_ERROR, "three bytes are none");
    expect(receiveExtensions("0005 00170000 00")).toBe(DECODE_ERROR);
    expect(receiveExtensions("0003 00170000")).toBe(DECODE_ERROR, "a list that ends in an extension");
    expect(receiveExtensions("0005 00170000")).toBe(DECODE_ERROR, "a list that is longer than the message");
    expect(receiveExtensions("0005 0017000100")).toBe(DECODE_ERROR, "extended_master_secret has no content");
  });

  // 5746-3.6-1
  it("renegotiation_info is empty in a first handshake", () => {
    expect(receiveExtensions("0005 ff01000100")).toBe(OK);
    expect(receiveExtensions("0006 ff0100020101")).toBe(HANDSHAKE_FAILURE);
    expect(receiveExtensions("0005 ff01000101")).toBe(HANDSHAKE_FAILURE);
    expect(receiveExtensions("0004 ff010000")).toBe(HANDSHAKE_FAILURE);
  });
});
