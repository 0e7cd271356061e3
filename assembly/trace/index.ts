// The trace build's second entry: the address of its log.
import { log } from "./log";

export const TRACE: i32 = <i32>log();
