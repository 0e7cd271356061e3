// From the key to the record keys, by values that an independent implementation computed.
import { SHA256_HASH, hmacKey, sha256Finish, sha256Start, sha256Update } from "../../assembly/crypto";
import { deriveKeys, verifyData } from "../../assembly/schedule/keys";
import { prf, seed } from "../../assembly/schedule/prf";
import { addToTranscript, restartTranscript, transcriptHash } from "../../assembly/schedule/transcript";
import { CLIENT, Connection, SERVER } from "../../assembly/state/connection";
import { HAS_EXTENDED_MASTER_SECRET, HAS_KEYS, Handshake, VERIFY_DATA } from "../../assembly/state/handshake";
import { PREMASTER, PREMASTER_SIZE } from "../../assembly/state/memory";
import { count, freshConnection, freshHandshake, read, write } from "./support";

const STATE: usize = memory.data(64, 16);
const KEY: usize = memory.data(128, 16);
const LABEL: usize = memory.data(64, 16);
const SEED: usize = memory.data(64, 16);
const OUTPUT: usize = memory.data(128, 16);

/** The randoms of every case: client 20..3f, server 40..5f. */
function withRandoms(): Handshake {
  let handshake = freshHandshake();
  count(handshake.clientRandom, 32, 0x20);
  count(handshake.serverRandom, 32, 0x40);
  sha256Start(handshake.transcript);
  return handshake;
}

/** The transcript's hash is SHA-256 of this text: as much of it as a case needs. */
function hashText(handshake: Handshake, text: string): void {
  let length = String.UTF8.byteLength(text);
  String.UTF8.encodeUnsafe(changetype<usize>(text), text.length, SEED);
  sha256Update(handshake.transcript, SEED, length);
}

/** Derives from the key 00..0f with the extended master secret, where the hash of the handshake is that of "session-hash-example". */
function derive(connection: Connection): Handshake {
  let handshake = withRandoms();
  handshake.has = HAS_EXTENDED_MASTER_SECRET;
  hashText(handshake, "session-hash-example");
  count(KEY, 16, 0);
  deriveKeys(connection, handshake, KEY, 16);
  return handshake;
}

describe("PRF", () => {
  // 7925-4.2-7: P_SHA256, by the vector known from the TLS mailing list
  it("is P_SHA256", () => {
    hmacKey(STATE, KEY, write(KEY, "9bbe436ba940f017b17652849a71db35"));
    let labelLength = write(LABEL, "74657374206c6162656c");
    let seedLength = write(SEED, "a0ba9f936cda311827a6f796ffd5198c");
    seed(LABEL, labelLength, SEED, seedLength, 0, 0);
    prf(STATE, OUTPUT, 100);
    expect(read(OUTPUT, 100)).toBe(
      "e3f229ba727be17b8d122620557cd453c2aab21d07c3d495329b52d4e61edb5a6b301791e90d35c9c9a46b4e14baf9af0fa022f7077def17abfd3797c0564b" +
      "ab4fbc91666e9def9b97fce34f796789baa48082d122ee42c5a72e5a5110fff70187347b66",
    );
  });

  it("gives the beginning of the same for every length, and no byte more", () => {
    hmacKey(STATE, KEY, write(KEY, "9bbe436ba940f017b17652849a71db35"));
    seed(LABEL, 10, SEED, write(SEED, "a0ba9f936cda311827a6f796ffd5198c"), 0, 0);
    prf(STATE, OUTPUT, 100);
    let all = read(OUTPUT, 100);
    for (let length: u32 = 1; length < 100; length++) {
      memory.fill(OUTPUT, 0xee, 128);
      prf(STATE, OUTPUT, length);
      if (read(OUTPUT, length) != all.substring(0, length * 2)) expect(length).toBe(0, "a prefix");
      if (load<u8>(OUTPUT + length) != 0xee) expect(length).toBe(0, "a byte too many");
    }
  });

  it("does not mind in how many parts the seed comes", () => {
    hmacKey(STATE, KEY, 16);
    seed(LABEL, 10, SEED, 16, 0, 0);
    prf(STATE, OUTPUT, 48);
    let whole = read(OUTPUT, 48);
    seed(LABEL, 10, SEED, 5, SEED + 5, 11);
    prf(STATE, OUTPUT, 48);
    expect(read(OUTPUT, 48)).toBe(whole);
  });
});

describe("the key schedule", () => {
  // 4279-2-1, 5246-6.2.3.3-1: key 00..0f; the master secret 5619dc7a… is kept as HMAC's key state alone
  it("makes the master secret from the premaster secret and the randoms", () => {
    let handshake = withRandoms();
    count(KEY, 16, 0);
    deriveKeys(freshConnection(), handshake, KEY, 16);
    let length = write(KEY, "5619dc7afbcb442e4bca8d6828fb0aafac9986dce644db06ee0106b782d9b4798c6430441272175ddeb9e6471dddfa5e");
    hmacKey(STATE, KEY, length);
    expect(read(handshake.master, 64)).toBe(read(STATE, 64));
    expect(handshake.has & HAS_KEYS).toBe(HAS_KEYS);
  });

  // 7627-4-1
  it("makes the extended master secret from the hash of the handshake", () => {
    let handshake = derive(freshConnection());
    let length = write(KEY, "68b15f17aff639772543a4833cd0262d801d175a0b4f9fb738d32f76cc62549608b1a6ecb4ab8f66365d70574f8aec20");
    hmacKey(STATE, KEY, length);
    expect(read(handshake.master, 64)).toBe(read(STATE, 64));
  });

  // 5246-6.2.3.3-1: client key, server key, client salt, server salt; no MAC keys
  it("divides the key block", () => {
    let connection = freshConnection();
    derive(connection);
    let clientKey = read(connection.writeKey, 16);
    let serverKey = read(connection.readKey, 16);
    let clientSalt = read(connection.writeSalt, 4);
    let serverSalt = read(connection.readSalt, 4);
    expect(clientKey + serverKey + clientSalt + serverSalt).toBe(
      "e21bf94094555ef64b8b5c6c874a02d8f832a498060eca2242bc04f77f30e1d14e03257c8f1b0bb9",
    );
    connection.role = SERVER;
    derive(connection);
    expect(read(connection.readKey, 16) + read(connection.readSalt, 4)).toBe(clientKey + clientSalt, "a server reads with the client's");
    expect(read(connection.writeKey, 16) + read(connection.writeSalt, 4)).toBe(serverKey + serverSalt);
  });

  it("leaves nothing of the premaster secret behind", () => {
    let handshake = withRandoms();
    count(KEY, 64, 1);
    deriveKeys(freshConnection(), handshake, KEY, 64);
    for (let i: u32 = 0; i < PREMASTER_SIZE; i++) if (load<u8>(PREMASTER + i) != 0) expect(i).toBe(0, "a byte of it");
  });

  // 6347-4.2.6-2: where the hash of all messages is that of "hs"
  it("makes verify_data, the client's and the server's", () => {
    let handshake = derive(freshConnection());
    restartTranscript(handshake);
    hashText(handshake, "hs");
    verifyData(handshake, CLIENT, OUTPUT);
    expect(read(OUTPUT, VERIFY_DATA)).toBe("f9425cf9c4620ca19d254995");
    verifyData(handshake, SERVER, OUTPUT);
    expect(read(OUTPUT, VERIFY_DATA)).toBe("b0c42289825fb24ba0284348");
  });
});

describe("the transcript", () => {
  // 6347-4.2.6-1
  it("takes each message with the header it would have in one piece, and can be asked at any time", () => {
    let handshake = freshHandshake();
    restartTranscript(handshake);
    addToTranscript(handshake, 1, 7, SEED, write(SEED, "aabbcc"));
    transcriptHash(handshake, OUTPUT);
    let first = read(OUTPUT, SHA256_HASH);
    transcriptHash(handshake, OUTPUT);
    expect(read(OUTPUT, SHA256_HASH)).toBe(first);

    sha256Start(handshake.transcript);
    sha256Update(handshake.transcript, SEED, write(SEED, "01 000003 0007 000000 000003 aabbcc"));
    sha256Finish(handshake.transcript, OUTPUT);
    expect(read(OUTPUT, SHA256_HASH)).toBe(first);
  });

  // 6347-4.2.1-11
  it("forgets what came before a restart", () => {
    let handshake = freshHandshake();
    restartTranscript(handshake);
    transcriptHash(handshake, OUTPUT);
    let empty = read(OUTPUT, SHA256_HASH);
    addToTranscript(handshake, 1, 0, SEED, 3);
    restartTranscript(handshake);
    transcriptHash(handshake, OUTPUT);
    expect(read(OUTPUT, SHA256_HASH)).toBe(empty);
    expect(empty).toBe("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  });
});
