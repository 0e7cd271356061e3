// Instructions on the emulated Cortex-M4: within what was promised, and the same on every run.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { suite } from '../interop/peers.js';
import { emulatedBoard } from './emulator.js';

const top = fileURLToPath(new URL('../../..', import.meta.url));

type Row = { [role in 'client' | 'server']: { calls: number; module: number; firmware: number } };
type Measure = () => Promise<{ handshake: Row; up: Row; down: Row }>;

suite('XS on QEMU', emulatedBoard, 'instructions', () => {
  test('of a PSK handshake and of a record of 64 bytes', async (t) => {
    const { measure } = await import(`${top}boards/build/emulator.js`) as { measure: Measure };
    const bill = await measure();
    assert.deepEqual(await measure(), bill);
    for (const [step, most] of [['handshake', 1_500_000], ['up', 50_000], ['down', 50_000]] as const) {
      for (const role of ['client', 'server'] as const) {
        const { module, firmware } = bill[step][role];
        t.diagnostic(`${step}, ${role}: ${module} in the module, ${firmware} in all`);
        assert.ok(module > 1000 && module <= most, `${step}, ${role}: ${module}`);
        assert.ok(firmware > module);
      }
    }
  });
});
