// The clock, whose milliseconds wrap after 25 days.
import { arm, disarm, dueInMs, isDue, setNow } from "../../assembly/state/clock";

describe("the clock", () => {
  it("says never when nothing is armed", () => {
    disarm();
    setNow(12345);
    expect(dueInMs()).toBe(-1);
  });

  it("keeps the earliest of what was armed", () => {
    disarm();
    setNow(1000);
    arm(5000);
    arm(3000);
    arm(4000);
    expect(dueInMs()).toBe(2000);
    setNow(3000);
    expect(dueInMs()).toBe(0);
    setNow(9000);
    expect(dueInMs()).toBe(0);
  });

  it("does not lose what is overdue to a time as far away as there can be", () => {
    disarm();
    setNow(0);
    arm(1000);
    setNow(1001);
    arm(1001 + i32.MAX_VALUE);
    expect(dueInMs()).toBe(0);
  });

  it("counts on over the end of 32 bits", () => {
    disarm();
    setNow(i32.MAX_VALUE - 99);
    arm(i32.MAX_VALUE - 99 + 1000);
    expect(dueInMs()).toBe(1000);
    arm(i32.MAX_VALUE);
    expect(dueInMs()).toBe(99);
    expect(isDue(i32.MAX_VALUE)).toBe(false);
    setNow(i32.MIN_VALUE);
    expect(isDue(i32.MAX_VALUE)).toBe(true);
    expect(isDue(i32.MIN_VALUE)).toBe(true);
    expect(isDue(i32.MIN_VALUE + 1)).toBe(false);
    expect(dueInMs()).toBe(0);
  });

  it("prefers what is earlier also when it stands on the other side of the end", () => {
    disarm();
    setNow(i32.MAX_VALUE - 10);
    arm(i32.MIN_VALUE + 100);
    arm(i32.MAX_VALUE - 5);
    expect(dueInMs()).toBe(5);
  });
});
