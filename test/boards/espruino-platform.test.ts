// Espruino's time: timers that are right, and a clock that anybody may set.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { EspruinoPlatform } from '../../boards/espruino/platform.js';

/** A platform, and the wall clock under it in milliseconds, which goes with the mocked timers or is set. */
function start(t: TestContext) {
  const wall = { ms: 1000 };
  (globalThis as { getTime?: () => number }).getTime = () => wall.ms / 1000;
  t.mock.timers.enable({ apis: ['setTimeout'] });
  t.after(() => { delete (globalThis as { getTime?: () => number }).getTime; });
  const pass = (ms: number) => {
    wall.ms += ms;
    t.mock.timers.tick(ms);
  };
  return { platform: new EspruinoPlatform(), wall, pass };
}

const YEARS = 56 * 365 * 86_400_000;

describe('time on Espruino', () => {
  it('passes as the clock does', (t) => {
    const { platform, pass } = start(t), begin = platform.now();
    pass(1500);
    assert.equal(platform.now() - begin, 1500);
  });

  it('stands still when the clock is set back', (t) => {
    const { platform, pass, wall } = start(t), begin = platform.now();
    wall.ms -= YEARS;
    assert.equal(platform.now(), begin);
    pass(20);
    assert.equal(platform.now(), begin + 20);
  });

  it('does not run past a timer that has not fired when the clock is set ahead', (t) => {
    const { platform, pass, wall } = start(t), begin = platform.now();
    let firedAt = -1;
    platform.setTimer(() => { firedAt = platform.now(); }, 9000);
    pass(100);
    wall.ms += YEARS;
    assert.ok(platform.now() <= begin + 9000);
    pass(8900);
    assert.equal(firedAt, begin + 9000);
  });

  it('has come to what a timer was set for when it fires, though the clock was set back', (t) => {
    const { platform, pass, wall } = start(t), begin = platform.now();
    let firedAt = -1;
    platform.setTimer(() => { firedAt = platform.now(); }, 9000);
    wall.ms -= YEARS;
    platform.now();
    pass(9000);
    assert.equal(firedAt, begin + 9000);
  });

  it('runs freely once the timer is cleared', (t) => {
    const { platform, pass } = start(t), begin = platform.now();
    platform.clearTimer(platform.setTimer(() => assert.fail('it was cleared'), 50));
    pass(1000);
    assert.equal(platform.now(), begin + 1000);
  });
});
