// Mistake 1, where machines crash and come back from what they stored: no nonce is used twice under a key. The trace build logs them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Connection } from '../../host/core/index.js';
import { Random } from '../../host/fleet/random.js';
import { type Machine, pair, settle, speak } from './machine.js';

/** Every nonce that was ever sealed under a key. */
class Nonces {
  readonly seen = new Set<string>();
  repeated = 0;
  readonly add = (nonce: string): void => {
    if (this.seen.has(nonce)) this.repeated++;
    this.seen.add(nonce);
  };
}

/** A machine, what it has stored, and how it comes through its lives. */
class Owner {
  stored: Uint8Array | undefined;
  lives = 0;
  restored = 0;

  constructor(public machine: Machine, private readonly random: Random) {}

  private get connection(): Connection | null {
    return this.machine.peer.connection;
  }

  /** Saves as hosts do, and crashes anywhere on the way if it is to. */
  save(crashes: boolean): void {
    const { connection } = this;
    if (connection === null) return;
    const at = crashes ? this.random.below(3) : 3;
    const state = connection.saveState();
    if (at === 0) return this.crash();
    this.stored = state;
    if (at === 1) return this.crash();
    connection.stored();
    if (at === 2) this.crash();
  }

  send(count: number): void {
    for (let i = 0; i < count && this.connection !== null; i++) {
      try {
        this.connection.send(Buffer.from('reading'));
      } catch (error) {
        assert.equal((error as { code: string }).code, 'ERR_DTLS_SAVE_FIRST');
        this.save(this.random.chance(0.2));
      }
    }
    if (this.machine.due.splice(0).length > 0 && this.random.chance(0.7)) this.save(this.random.chance(0.2));
  }

  sleep(): void {
    if (this.connection === null) return;
    this.stored = this.connection.exportState();
    this.crash();
  }

  /** A new life, from what is stored. */
  crash(): void {
    this.machine = this.machine.again(1_000 * ++this.lives);
    if (this.stored === undefined) return;
    this.machine.restore(this.stored);
    this.restored++;
  }

  act(): void {
    const choice = this.random.below(10);
    if (choice < 5) this.send(this.random.below(this.random.chance(0.2) ? 3_000 : 30));
    else if (choice < 7) this.save(this.random.chance(0.3));
    else if (choice < 8) this.sleep();
    else if (choice < 9 && this.stored !== undefined) this.crash();
    else this.connection?.saveState(); // made, and never stored
  }
}

test('no order of saving, crashing and restoring the latest state uses a nonce twice, though imports do not jump', () => {
  let restored = 0, sealed = 0;
  for (let seed = 1; seed <= 12; seed++) {
    const random = new Random(seed, 'crashes'), nonces = new Nonces();
    const { client, server } = pair({ seed, nonce: nonces.add });
    const owners = [new Owner(client, random), new Owner(server, random)] as const;
    for (let step = 0; step < 120; step++) {
      owners[random.below(2)]!.act();
      settle(owners[0].machine, owners[1].machine);
      assert.equal(nonces.repeated, 0, `seed ${seed}, step ${step}: a nonce came twice`);
    }
    for (const owner of owners) {
      if (owner.machine.peer.connection === null) continue;
      owner.save(false);
      speak(owner.machine, owners[owner === owners[0] ? 1 : 0].machine, `seed ${seed} still goes on`);
      restored += owner.restored;
    }
    sealed += nonces.seen.size;
  }
  assert.ok(restored > 300 && sealed > 100_000, `${restored} times restored, ${sealed} records`);
});

test('a store that rolls back would use nonces twice, and the random jump is what hinders it', () => {
  for (const jumps of [false, true]) {
    const nonces = new Nonces();
    const { client } = pair({ nonce: nonces.add, jumps });
    const old = client.connection.exportState();
    for (let life = 2; life < 5; life++) {
      const next = client.again(life);
      next.restore(old);
      next.connection.saveState();
      next.connection.stored();
      for (let i = 0; i < 100; i++) next.connection.send(Buffer.from('reading'));
    }
    assert.equal(nonces.repeated, jumps ? 0 : 200);
  }
});
