// The time as the host last told it, and when it must call again. Milliseconds that wrap; compared by signed difference.

export let now: i32 = 0;
let due: i32 = 0;
let armed: bool = false;

export function setNow(value: i32): void {
  now = value;
}
export function isDue(at: i32): bool {
  return at - now <= 0;
}
/** Asks for a call of `timeout` at this time or before. One that is no longer needed costs a look at the pools. */
export function arm(at: i32): void {
  if (!armed || (!isDue(due) && at - due < 0)) due = at; // what is overdue stays: from there, a far time is out of range
  armed = true;
}
export function disarm(): void {
  armed = false;
}
/** Milliseconds until `timeout` must be called, -1 for never. */
export function dueInMs(): i32 {
  return armed ? max(due - now, 0) : -1;
}
