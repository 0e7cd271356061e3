// The table of errors: does every number of the engine have words, and what can be done about it?
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CertificateAlert, CertificateCheck } from '../../assembly/certificate-codes.js';
import { Alert, Cause, CodeClass, Drop, Ended, HandshakeType, Misuse } from '../../assembly/codes.js';
import { endOf, ENDED_ENGINE_FAILED, ENDED_IDLE, misuse, MISUSE_TAKEN, warningOf } from '../../host/core/errors.js';
import { alertName, causeName, dropName, phaseName } from '../../host/core/names.js';

const numbers = (values: object): number[] => Object.values(values).filter((value) => typeof value === 'number');

describe('errors', () => {
  it('have a code of their own for every cause', () => {
    const causes = numbers(Cause).filter((cause) => cause !== Cause.NONE && cause !== Cause.FORGERIES && // a warning alone
      cause !== Cause.CERTIFICATE);
    const codes = causes.map((cause) => endOf(CodeClass.WE_ABORTED + Alert.HANDSHAKE_FAILURE, cause, 0)!.code);
    assert.equal(new Set(codes).size, causes.length);
    for (const code of codes) assert.match(code, /^ERR_DTLS_(?!ALERT)/);
  });

  it('say what was wrong with a certificate or raw public key, for every check and every alert', () => {
    const checks = numbers(CertificateCheck).filter((check) => check !== CertificateCheck.NONE);
    const reasons = checks.map((check) => endOf(CodeClass.WE_ABORTED + CertificateAlert.BAD_CERTIFICATE, Cause.CERTIFICATE + check, 0)!);
    assert.equal(new Set(reasons.map(({ message }) => message)).size, checks.length);
    assert.deepEqual(reasons.map(({ cause }) => cause), checks.map((check) => CertificateCheck[check]));
    for (const { code, alert } of reasons) assert.deepEqual([code, alert], ['ERR_DTLS_NOT_TRUSTED', 'bad_certificate']);
    for (const alert of numbers(CertificateAlert)) {
      const { hint, alert: name } = endOf(CodeClass.PEER_ABORTED + alert, 0, HandshakeType.FINISHED)!;
      assert.match(hint, /[Oo]ur|knows us/);
      assert.equal(name, CertificateAlert[alert]!.toLowerCase());
    }
  });

  it('have a code and a sentence for every end and every misuse', () => {
    const ends = [...numbers(Ended), ENDED_IDLE, ENDED_ENGINE_FAILED].filter((ended) => ended !== Ended.DISCARDED && ended !== Ended.SAVED);
    // A stale answer is no error: `answer` returns false.
    const misuses = [...numbers(Misuse), MISUSE_TAKEN].filter((code) => code !== Misuse.STALE);
    const all = [...ends.map((ended) => endOf(ended, 0, 0)!), ...misuses.map((code) => misuse(-code))];
    for (const { code, message } of all) {
      assert.match(code, /^ERR_(?!DTLS_ENDED)/);
      assert.doesNotMatch(message, /\d/);
    }
    assert.equal(misuse(-Ended.SEQUENCE_EXHAUSTED).code, 'ERR_DTLS_SEQUENCE_EXHAUSTED');
  });

  it('are none where the connection ended in order', () => {
    for (const code of [CodeClass.WE_ABORTED, CodeClass.PEER_ABORTED, Ended.DISCARDED, Ended.SAVED]) assert.equal(endOf(code, 0, 0), null);
  });

  it('keep the code of a timeout and add its cause', () => {
    const reason = endOf(Ended.HANDSHAKE_TIMEOUT, Cause.WRONG_KEY, HandshakeType.FINISHED)!;
    assert.equal(reason.code, 'ERR_DTLS_HANDSHAKE_TIMEOUT');
    assert.equal(reason.cause, 'WRONG_KEY');
    assert.equal(reason.phase, 'WAIT_FINISHED');
    assert.match(reason.hint, /probably the pre-shared key/);
  });

  it('tell a server that fell silent after its cookie from one that was never there', () => {
    const silent = (phase: number) => endOf(Ended.HANDSHAKE_TIMEOUT, Cause.SILENT_PEER, phase)!;
    assert.match(silent(HandshakeType.HELLO_VERIFY_REQUEST).hint, /address and the port/);
    assert.match(silent(HandshakeType.SERVER_HELLO).hint, /cipher suite in common/);
    assert.equal(silent(HandshakeType.SERVER_HELLO).cause, 'SILENT_PEER');
  });

  it('name alerts as RFC 5246 does, known or not', () => {
    assert.equal(endOf(CodeClass.PEER_ABORTED + Alert.DECODE_ERROR, 0, 0)!.alert, 'decode_error');
    assert.equal(endOf(CodeClass.PEER_ABORTED + 115, 0, 0)!.code, 'ERR_DTLS_UNKNOWN_IDENTITY');
    assert.equal(endOf(CodeClass.PEER_ABORTED + 200, 0, 0)!.alert, 'alert_200');
  });

  it('have the names of the numbers themselves', () => {
    for (const alert of numbers(Alert)) assert.equal(alertName(alert), Alert[alert]!.toLowerCase());
    for (const cause of numbers(Cause)) {
      assert.equal(causeName(cause), cause === Cause.NONE || cause === Cause.CERTIFICATE ? '' : Cause[cause]);
    }
    for (const reason of numbers(Drop)) if (reason !== Drop.COUNT) assert.equal(dropName(reason), Drop[reason]);
    for (const type of numbers(HandshakeType)) if (type !== 0) assert.equal(phaseName(type), `WAIT_${HandshakeType[type]}`);
  });

  it('guess what an alert against our hello means', () => {
    const refused = CodeClass.PEER_ABORTED + Alert.HANDSHAKE_FAILURE;
    assert.equal(endOf(refused, 0, HandshakeType.SERVER_HELLO)!.code, 'ERR_DTLS_NO_COMMON_CIPHER');
    assert.equal(endOf(refused, 0, HandshakeType.FINISHED)!.code, 'ERR_DTLS_ALERT');
    assert.equal(endOf(CodeClass.PEER_ABORTED + Alert.PROTOCOL_VERSION, 0, 2)!.code, 'ERR_DTLS_NO_COMMON_VERSION');
  });

  it('warn with the cause\'s code', () => {
    assert.equal(warningOf(Cause.WRONG_KEY, HandshakeType.FINISHED).code, 'ERR_DTLS_WRONG_KEY');
  });

  it('name phases by the message awaited or sent', () => {
    assert.deepEqual([0, 2, 20, 256 + 1].map(phaseName), ['CONNECTED', 'WAIT_SERVER_HELLO', 'WAIT_FINISHED', 'SEND_CLIENT_HELLO']);
  });
});
