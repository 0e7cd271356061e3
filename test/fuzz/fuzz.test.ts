// A first fuzz of every export, by seed: no trap, no exception, and what subject.ts checks after each call. More: npm run fuzz.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BUILDS } from '../modules.js';
import { Campaign } from './campaign.js';
import { fuzzLayouts } from './layouts.js';

const CAMPAIGNS = 60;
const STEPS = 600;

// 6347-4.1.2.7-1, 6347-4.2.1-2: junk changes nothing and is not answered beyond the cookie
for (const build of BUILDS) {
  test(`${build}: ${CAMPAIGNS} campaigns of ${STEPS} calls, a malicious network between a client and a server`, () => {
    const sums = { connected: 0, accepted: 0 };
    for (let i = 0; i < CAMPAIGNS; i++) {
      const seed = 1_000 * (BUILDS.indexOf(build) + 1) + i;
      const { connected, accepted } = new Campaign(seed, [build]).run(STEPS);
      sums.connected += connected;
      sums.accepted += accepted;
    }
    assert.ok(sums.connected > CAMPAIGNS / 2 && sums.accepted > CAMPAIGNS / 2, `only ${JSON.stringify(sums)}: the fuzz does not get far`);
  });

  test(`${build}: layouts of every kind`, () => {
    const accepted = fuzzLayouts(1, build, 2_000) + fuzzLayouts(7_000_098, build, 20);
    assert.ok(accepted > 50 && accepted < 1_950, `${accepted} of 2,000 accepted`);
  });
}
