// How many instructions a handshake and a record take. Client and server share the board and talk over a wire in JavaScript:
// nothing comes from outside, so that with seeded entropy every run executes the same instructions. Prints JSON.
import { collect, exit, instructions, log, memory, moduleCalls, moduleInstructions } from "board";
import Timer from "timer";
import DTLS, { Listener } from "embedded:io/socket/udp/dtls";

const ADDRESS = { client: "192.0.2.1", server: "192.0.2.2" }, PORT = 5684; // RFC 5737
const RECORD = new ArrayBuffer(64);
const key = new ArrayBuffer(16);

/** In the shape of ECMA-419's UDP. `role` comes with the descriptor. */
class Wire {
  static ends = {};
  static queue = [];

  constructor({ role, onReadable }) {
    this.role = role;
    this.onReadable = onReadable;
    Wire.ends[role] = this;
  }

  write(bytes) {
    const to = this.role === "client" ? "server" : "client";
    Wire.queue.push({ to, datagram: Object.assign(bytes.slice().buffer, { address: ADDRESS[this.role], port: PORT }) });
  }

  read() {
    return Wire.queue.shift().datagram;
  }

  close() {}
}

const bill = {};
let step;

/** Books what a call costs to a role, under the step of the moment. */
function charge(role, call) {
  const module = moduleInstructions(), firmware = instructions();
  const result = call();
  const row = (bill[step] ??= {})[role] ??= { calls: 0, module: 0, firmware: 0 };
  row.firmware += instructions() - firmware;
  row.module += moduleInstructions() - module;
  row.calls++;
  return result;
}

let client, server;
const steps = {
  start: () => charge("server", () => new Listener({
    port: PORT, udp: { io: Wire, role: "server" }, dtls: { psk: () => key },
    onReadable() { server = this.read(); },
  })),
  handshake: () => charge("client", () => client = new DTLS({
    address: ADDRESS.server, port: PORT, udp: { io: Wire, role: "client" }, dtls: { psk: { identity: "node-17", key } },
  })),
  up: () => charge("client", () => client.write(RECORD)),
  down: () => charge("server", () => server.write(RECORD)),
};

const names = Object.keys(steps);

/** One datagram a turn, and the next step when none is left. */
function turn() {
  if (Wire.queue.length > 0) {
    const { to } = Wire.queue[0];
    charge(to, () => Wire.ends[to].onReadable(1));
  } else {
    step = names.shift();
    collect();
    if (step !== undefined) return void steps[step]();
    log(JSON.stringify({ ...bill, functions: moduleCalls(), heap: memory() }));
    exit(0);
  }
}
Timer.repeat(turn, 0);
