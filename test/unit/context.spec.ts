// What a context may say.
import { CipherSuite } from "../../assembly/codes";
import { ContextField, InfoField } from "../../assembly/records";
import { MTU_MIN } from "../../assembly/limits";
import { Context, define, isDefined } from "../../assembly/state/context";
import { aeadOf } from "../../assembly/suites";
import { info } from "../../assembly/state/memory";
import { count, freshContext, read } from "./support";

const RECORD: usize = memory.data(512, 16);
const FIXED: u32 = ContextField.COUNT * 4;

function set(field: ContextField, value: i32): void {
  store<i32>(RECORD + (field << 2), value);
}

/** A good record: identity of 4 bytes, key of 9. */
function prepare(): void {
  memory.fill(RECORD, 0, 512);
  set(ContextField.SUITES, CipherSuite.TLS_PSK_WITH_AES_128_CCM_8);
  set(ContextField.MTU, 1200);
  set(ContextField.INITIAL_MS, 1000);
  set(ContextField.MAX_MS, 60000);
  set(ContextField.HANDSHAKE_MS, 60000);
  set(ContextField.IDENTITY_LENGTH, 4);
  set(ContextField.KEY_LENGTH, 9);
  count(RECORD + FIXED, 13, 0x30);
}

function isGood(field: ContextField, value: i32, length: u32 = FIXED + 13): bool {
  prepare();
  set(field, value);
  return define(freshContext(), RECORD, length);
}

describe("define", () => {
  it("takes a record as it is: fields, identity, key", () => {
    prepare();
    let context = freshContext();
    expect(isDefined(context)).toBe(false);
    expect(define(context, RECORD, FIXED + 13)).toBe(true);
    expect(isDefined(context)).toBe(true);
    expect(context.suite(0)).toBe(0xc0a8);
    expect(context.suite(1)).toBe(0);
    expect(context.mtu).toBe(1200);
    expect(read(context.identity, 4)).toBe("30313233");
    expect(read(context.key, 9)).toBe("3435363738393a3b3c");
    expect(context.users).toBe(0);
    expect(info(InfoField.CONTEXTS)).toBe(0);
  });

  it("wants a record as long as it says", () => {
    prepare();
    for (let length: u32 = 0; length < 80; length++) {
      let isRight = length == FIXED + 13;
      if (define(freshContext(), RECORD, length) != isRight) expect(length).toBe(-1, "a length");
    }
  });

  // 4279-5.3-1
  it("takes identities to 128 bytes and keys to 64, and not one more", () => {
    expect(isGood(ContextField.IDENTITY_LENGTH, 128, FIXED + 128 + 9)).toBe(true);
    expect(isGood(ContextField.IDENTITY_LENGTH, 129, FIXED + 129 + 9)).toBe(false);
    expect(isGood(ContextField.IDENTITY_LENGTH, 0, FIXED + 9)).toBe(true);
    expect(isGood(ContextField.IDENTITY_LENGTH, -1, FIXED + 8)).toBe(false);
    expect(isGood(ContextField.KEY_LENGTH, 64, FIXED + 4 + 64)).toBe(true);
    expect(isGood(ContextField.KEY_LENGTH, 65, FIXED + 4 + 65)).toBe(false);
    expect(isGood(ContextField.KEY_LENGTH, 0, FIXED + 4)).toBe(true);
  });

  it("bounds the MTU", () => {
    expect(isGood(ContextField.MTU, MTU_MIN - 1)).toBe(false);
    expect(isGood(ContextField.MTU, MTU_MIN)).toBe(true);
    expect(isGood(ContextField.MTU, 65535)).toBe(true);
    expect(isGood(ContextField.MTU, 65536)).toBe(false);
    expect(isGood(ContextField.MTU, -1)).toBe(false);
  });

  it("wants timers that go forwards", () => {
    expect(isGood(ContextField.INITIAL_MS, 0)).toBe(true, "RFC 7925's");
    expect(isGood(ContextField.INITIAL_MS, -1)).toBe(false);
    expect(isGood(ContextField.INITIAL_MS, 1)).toBe(true);
    expect(isGood(ContextField.INITIAL_MS, 60000)).toBe(true);
    expect(isGood(ContextField.INITIAL_MS, 60001)).toBe(false);
    expect(isGood(ContextField.MAX_MS, 999)).toBe(false);
    expect(isGood(ContextField.MAX_MS, i32.MAX_VALUE)).toBe(true);
    expect(isGood(ContextField.MAX_MS, 0)).toBe(true);
    expect(isGood(ContextField.MAX_MS, -1)).toBe(false);
    expect(isGood(ContextField.HANDSHAKE_MS, 0)).toBe(true);
    expect(isGood(ContextField.HANDSHAKE_MS, -1)).toBe(false);
    expect(isGood(ContextField.HANDSHAKE_MS, i32.MAX_VALUE)).toBe(true);
  });

  // 7925-13-1, 6347-4.1.2.2-1, 7925-9-2: suites with an AEAD, and no others
  it("knows three suites without curves and six with, and wants one at least; there may be eight", () => {
    expect(isGood(ContextField.SUITES, CipherSuite.TLS_PSK_WITH_AES_128_GCM_SHA256)).toBe(true);
    expect(isGood(ContextField.SUITES, CipherSuite.TLS_PSK_WITH_AES_128_CCM)).toBe(true);
    expect(isGood(ContextField.SUITES, 0)).toBe(false);
    expect(isGood(ContextField.SUITES, CipherSuite.TLS_EMPTY_RENEGOTIATION_INFO_SCSV)).toBe(false);
    expect(isGood(ContextField.SUITES + 3, CipherSuite.TLS_PSK_WITH_AES_128_CCM)).toBe(true);
    expect(isGood(ContextField.SUITES + 3, 0x008c)).toBe(false, "TLS_PSK_WITH_AES_128_CBC_SHA");
    expect(isGood(ContextField.SUITES + 1, 0x1c0a8)).toBe(false);
    expect(isGood(ContextField.SUITES + 3, 0xc0a4c0a8)).toBe(true);
    for (let suite: u32 = 0; suite < 0x10000; suite++) {
      let isEcdhe = suite == 0xc0ac || suite == 0xc0ae || suite == 0xc02b || suite == 0xd001 || suite == 0xd003 || suite == 0xd005;
      let isOurs = isEcdhe || suite == 0x00a8 || suite == 0xc0a4 || suite == 0xc0a8;
      if ((aeadOf(suite) != 0) != isOurs) expect(suite).toBe(-1, "a suite");
    }
  });

  it("does not change a context that is in use, nor one whose new record is bad", () => {
    prepare();
    let context = freshContext();
    define(context, RECORD, FIXED + 13);
    set(ContextField.MTU, 99);
    context.users = 1;
    expect(define(context, RECORD, FIXED + 13)).toBe(false);
    context.users = 0;
    set(ContextField.MAX_MS, -1);
    expect(define(context, RECORD, FIXED + 13)).toBe(false);
    expect(context.mtu).toBe(1200);
    set(ContextField.MAX_MS, 1000);
    expect(define(context, RECORD, FIXED + 13)).toBe(true);
    expect(context.mtu).toBe(99);
  });

  it("forgets the key that was there", () => {
    prepare();
    let context: Context = freshContext();
    define(context, RECORD, FIXED + 13);
    set(ContextField.KEY_LENGTH, 1);
    define(context, RECORD, FIXED + 5);
    expect(read(context.key, 9)).toBe("340000000000000000");
  });
});
