// How a function says that the connection must end: with 0x100 + an alert, and beside it the probable cause for the hint.
import { Alert, Cause, CodeClass, Drop } from "./codes";

export const OK: i32 = 0;
/** The cause that goes with the code returned last. */
export let cause: Cause = Cause.NONE;

export function abort(alert: Alert, why: Cause): i32 {
  cause = why;
  return CodeClass.WE_ABORTED + alert;
}
export function malformed(): i32 {
  return abort(Alert.DECODE_ERROR, Cause.MALFORMED_MESSAGE);
}
/** Not worth ending anything for. */
export function ignored(reason: Drop): i32 {
  return CodeClass.DROPPED + reason;
}
