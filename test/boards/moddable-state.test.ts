// boards/moddable: states to sleep with, sessions, protocols, as a Moddable app has them.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ClientSecurity } from 'embedded:io/socket/udp/dtls';
import { bytes, CLIENT, codeOf, KEY, Log, Pair } from './moddable-pair.js';

const { psk } = CLIENT.dtls;
const security = (more: Partial<ClientSecurity>) => ({ dtls: { psk, ...more } }) as { dtls: ClientSecurity };
/** A server with connection IDs that echoes. */
const pairOf = (more: object = {}) => new Pair({ dtls: { psk: () => KEY, cid: true, ...more } });

describe('a DTLS that sleeps', () => {
  it('leaves its state, closes without a word, and goes on from it later', () => {
    const pair = pairOf(), dtls = pair.connect(security({ cid: true }));
    const state = dtls.exportState();
    pair.network.flow();
    assert.deepEqual([pair.log.heard, pair.network.sockets.size], [['writable 1164'], 1]);
    assert.equal(codeOf(() => dtls.write(bytes('x'))), 'ERR_INVALID_STATE');
    assert.equal(codeOf(() => dtls.exportState()), 'ERR_INVALID_STATE');
    const stored: ArrayBuffer[] = [], log = new Log(), before = pair.network.sent;
    const woken = pair.connect({ ...log.callbacks, ...security({ cid: true, state, storeState: (next) => void stored.push(next) }) });
    assert.deepEqual([log.heard, stored.length, pair.network.sent - before], [['writable 1164'], 1, 0]);
    woken.write(bytes('21.5'));
    pair.network.pass(10_000);
    assert.deepEqual(log.heard, ['writable 1164', '21.5']);
    assert.equal(pair.accepted.length, 1);
    assert.equal(pair.accepted[0]!.dtls.remotePort, 49153);
  });

  it('goes on while its state is saved, and may not send before it is', () => {
    const pair = pairOf(), dtls = pair.connect(security({ cid: true })), state = dtls.saveState();
    dtls.write(bytes('on'));
    pair.network.flow();
    assert.deepEqual(pair.log.heard, ['writable 1164', 'on']);
    const log = new Log(), woken = pair.connect({ ...log.callbacks, ...security({ cid: true, state }) });
    assert.equal(codeOf(() => woken.write(bytes('x'))), 'ERR_DTLS_SAVE_FIRST');
    woken.saveState();
    woken.write(bytes('x'));
  });

  it('may be closed before it is told that it goes on, and by who is told', () => {
    const pair = pairOf(), state = pair.connect(security({ cid: true })).exportState(), log = new Log();
    new pair.client.dtls.default({ ...CLIENT, ...log.callbacks, ...security({ cid: true, state }) }).close();
    pair.network.flow();
    assert.deepEqual([log.heard, pair.network.sockets.size], [[], 1]);
  });

  it('warns of a state that it cannot use, and makes a handshake', () => {
    const pair = pairOf(), state = pair.connect(security({ cid: true })).exportState();
    new Uint8Array(state)[40]! ^= 1;
    const log = new Log();
    pair.connect({ ...log.callbacks, ...security({ cid: true, state }) });
    assert.deepEqual([log.heard.sort(), pair.accepted.length], [['warning ERR_DTLS_BAD_STATE', 'writable 1164'], 2]);
  });
});

describe('a DTLS with a session', () => {
  it('is given it, and resumes it next time', () => {
    const pair = new Pair({}, { sessions: 2, credentials: 256 });
    const first = pair.connect(security({ session: true }));
    assert.deepEqual([pair.log.sessions.length, first.reused], [1, false]);
    first.close();
    pair.network.flow();
    const second = pair.connect(security({ session: pair.log.sessions[0]! }));
    assert.equal(second.reused, true);
    assert.equal(pair.accepted[1]!.dtls.pskIdentity, 'dev1');
  });
});

describe('a DTLS', () => {
  it('agrees on an application protocol, and on the length of records', () => {
    const pair = pairOf({ alpn: ['h3', 'co'] }), dtls = pair.connect(security({ alpn: ['co'], maxFragmentLength: 512 }));
    assert.deepEqual([dtls.alpnProtocol, pair.accepted[0]!.dtls.alpnProtocol, dtls.maxPayload], ['co', 'co', 512]);
  });

  it('is told that no protocol is common', () => {
    const pair = pairOf({ alpn: ['h3'] });
    pair.connect(security({ alpn: ['co'] }));
    assert.equal(pair.log.errors[0]!.alert, 'no_application_protocol');
    assert.equal(pair.warnings[0]!.code, 'ERR_DTLS_NO_COMMON_PROTOCOL');
  });
});
