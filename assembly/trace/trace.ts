// What the trace build tells its host: the master secret for a key log, each nonce with a hash of its key, a hash of each
// handshake message as it is sent, and where a connection stands when it comes to rest. In a release build these functions
// are empty.
import { Connection } from "../state/connection";
import * as log from "./log";

export function traceMaster(clientRandom: usize, master: usize): void {
  if (isDefined(TRACING)) log.master(clientRandom, master);
}
export function traceNonce(key: usize, nonce: usize, record: usize): void {
  if (isDefined(TRACING)) log.nonce(key, nonce, record);
}
export function traceMessage(connection: i32, epoch: u32, sequence: u32, type: u32, body: usize, length: u32): void {
  if (isDefined(TRACING)) log.message(connection, epoch, sequence, type, body, length);
}
export function traceState(connection: Connection): void {
  if (isDefined(TRACING)) log.state(connection);
}
