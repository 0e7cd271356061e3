// The trace build's second entry: the address of its log.
import { LOG } from "./log";

export const TRACE: i32 = <i32>LOG;
