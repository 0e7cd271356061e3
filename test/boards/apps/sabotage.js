// Spoils pointers in the module's memory, so that its next access is out of bounds. Stands before the adapter in an app, as
// only the one who starts the module learns where INFO is.
import { InfoField } from "../../../assembly/records.ts";

let info = 0;
const start = host.xs_thimble_start;
host.xs_thimble_start = () => info = start();

/** Lets every connection's pointer to its context lead out of the memory. */
export function sabotage() {
  const words = new Int32Array(host.xs_thimble_memory());
  const field = (name) => words[(info >> 2) + name];
  const contexts = field(InfoField.OUT) + (field(InfoField.OUT_MAX) + 15 & ~15);
  const first = contexts + field(InfoField.CONTEXTS) * field(InfoField.CONTEXT_SIZE);
  const last = first + field(InfoField.CONNECTIONS) * field(InfoField.CONNECTION_SIZE);
  for (let place = first >> 2; place < last >> 2; place++) {
    if (words[place] >= contexts && words[place] < first) words[place] = 0x7ffffff0;
  }
}
