// The replay window, against a list of everything that was marked.
import { Connection } from "../../assembly/state/connection";
import { isReplay, mark } from "../../assembly/record/replay";
import { Chance, freshConnection } from "./support";

function see(connection: Connection, sequence: u64): bool {
  if (isReplay(connection, sequence)) return false;
  mark(connection, sequence);
  return true;
}

describe("the replay window", () => {
  // 6347-4.1.2.6-4
  it("is empty at first: number 0 is new, once", () => {
    let connection = freshConnection();
    expect(see(connection, 0)).toBe(true);
    expect(see(connection, 0)).toBe(false);
  });

  // 6347-4.1.2.6-1
  it("takes each of the last 64 numbers once, in any order, and none that is older", () => {
    let connection = freshConnection();
    expect(see(connection, 100)).toBe(true);
    for (let sequence: u64 = 37; sequence < 100; sequence++) expect(see(connection, sequence)).toBe(true, sequence.toString());
    for (let sequence: u64 = 0; sequence <= 100; sequence++) expect(see(connection, sequence)).toBe(false, sequence.toString());
  });

  it("forgets everything on a jump of 64 and more, and keeps it on one of 63", () => {
    let connection = freshConnection();
    see(connection, 5);
    see(connection, 68);
    expect(isReplay(connection, 5)).toBe(true);
    expect(isReplay(connection, 6)).toBe(false);
    see(connection, 132);
    expect(isReplay(connection, 68)).toBe(true);
    expect(isReplay(connection, 69)).toBe(false);
    see(connection, 0xfffffffffffe);
    expect(see(connection, 0xffffffffffff)).toBe(true);
    expect(see(connection, 0xfffffffffffe)).toBe(false);
  });

  // 6347-4.1.2.6-3: asking moves nothing
  it("does not move for a record that was not authentic", () => {
    let connection = freshConnection();
    expect(isReplay(connection, <u64>1 << 47)).toBe(false);
    expect(see(connection, 5)).toBe(true);
  });

  it("agrees with a list, over 20,000 numbers by chance", () => {
    let connection = freshConnection();
    let seen = new StaticArray<bool>(4000);
    let top: i32 = 0;
    for (let i = 0; i < 20000; i++) {
      let sequence = max(top - <i32>Chance.below(80), 0) + <i32>Chance.below(20);
      if (sequence >= seen.length) break;
      let isNew = !seen[sequence] && sequence > top - 64;
      if (see(connection, sequence) != isNew) expect(isNew).toBe(!isNew, `step ${i}, number ${sequence}, top ${top}`);
      seen[sequence] = true;
      top = max(top, sequence);
    }
    expect(top).toBeGreaterThan(1000);
  });
});
