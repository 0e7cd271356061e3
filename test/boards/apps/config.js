// What the examples import as "config", for a peer on this machine and a test that does not wait.
import { option } from "board";

const key = ArrayBuffer.fromString("secretPSK");

export default {
  address: "127.0.0.1", port: Number(option("port") ?? 0), path: ["readings"], identity: "dev1", key,
  keys: new Map([["dev1", key]]), intervalMs: 0,
};
