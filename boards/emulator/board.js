// What runs on the board's only thread: frames for sockets, the alarm for timers, and errors for whoever listens.
function receive() @ "xs_board_receive";
function transmit(body) @ "xs_board_transmit";
function setAlarm(milliseconds) @ "xs_board_alarm";
function setExhaustion(error) @ "xs_board_exhaustion";
function getArguments() @ "xs_board_arguments";
function print(line) @ "xs_board_print";

/** Milliseconds and microseconds since the start. */
export function milliseconds() @ "xs_board_milliseconds";
export function microseconds() @ "xs_board_microseconds";
/** Ends the firmware with this exit code. */
export function exit(code) @ "xs_board_exit";
/** Instructions executed since the start, asleep not counted; and those of them in the module. */
export function instructions() @ "xs_board_instructions";
export function moduleInstructions() @ "xs_board_module_instructions";
/** Collects the garbage now, so that it is not collected in what is measured next. */
export function collect() @ "xs_board_collect";
/** {kind: [calls, instructions]} of each of the module's functions. */
export function moduleCalls() @ "xs_board_module_calls";
/** What the JavaScript heap has held at most, and holds now: a line to print. */
export function memory() @ "xs_board_memory";

/** Kinds of frames; each has the number of a socket, an IPv4 address and a port, then a datagram's bytes or words. */
const DATAGRAM = 0, BIND = 1, CLOSE = 2, FAILED = 3;
const HEADER = 8;

/** What `receive` says of a line that is out of step, by its negative. */
const LINE_ERRORS = [
  undefined,
  ["ERR_BOARD_FRAME_CUT", "A frame was cut short", "The sender stopped in the middle, or bytes were lost on the line."],
  ["ERR_BOARD_FRAME_TOO_LONG", "A frame is too long", "Datagrams have at most 2,040 bytes, or bytes were lost on the line."],
];

export function boardError(code, message, hint, kind = Error) {
  const error = new kind(message);
  error.code = code;
  error.hint = hint;
  return error;
}

/** What stands behind `name=` in the words that QEMU was given as `arg=`; undefined if it is none of them. */
export function option(name) {
  const word = getArguments().split(" ").find((word) => word.startsWith(`${name}=`));
  return word?.slice(name.length + 1);
}

/** `onError(error)`: errors of no socket in particular, such as a frame cut short. */
export const board = {
  onError(error) { log(`${error.message} (${error.code}): ${error.hint}`); },
};

/** Prints a line on QEMU's standard error. */
export function log(...parts) {
  print(`${parts.join(" ")}\n`);
}

/** XS's own, which has no console here. */
globalThis.trace = (...parts) => print(parts.join(""));

/* ---- sockets ---- */

/** By number: {receive(bytes, address, port), fail(error)}. */
const sockets = [];

/** Gives a socket its number and has it bound. */
export function open(socket, address, port) {
  let number = 0;
  while (sockets[number]) number++;
  sockets[number] = socket;
  write(BIND, number, address, port);
  return number;
}

export function close(number) {
  sockets[number] = undefined;
  write(CLOSE, number, "0.0.0.0", 0);
}

export function send(number, bytes, address, port) {
  write(DATAGRAM, number, address, port, bytes);
}

function write(kind, number, address, port, bytes = []) {
  const body = new Uint8Array(HEADER + bytes.length);
  body.set([kind, number, ...address.split(".").map(Number), port >> 8, port & 255]);
  body.set(bytes, HEADER);
  transmit(body);
}

function read(body) {
  const header = new Uint8Array(body, 0, Math.min(HEADER, body.byteLength));
  const socket = sockets[header[1]];
  if (header.length < HEADER || !socket) return; // garbled, or closed meanwhile
  const address = header.slice(2, 6).join("."), port = header[6] << 8 | header[7];
  if (header[0] === DATAGRAM) socket.receive(body.slice(HEADER), address, port);
  if (header[0] !== FAILED) return;
  const reason = String.fromArrayBuffer(body.slice(HEADER));
  socket.fail(boardError("ERR_BOARD_SOCKET", `Port ${port} cannot be used: ${reason}`, "Is it taken on this machine?"));
}

/* ---- time ---- */

/** {id, at, callback, interval}, the earliest first. */
const timers = [];

export function addTimer(timer) {
  let place = timers.length;
  while (place > 0 && timers[place - 1].at > timer.at) place--;
  timers.splice(place, 0, timer);
}

/** Takes a timer out; false if it is not there. */
export function removeTimer(timer) {
  const place = timers.indexOf(timer);
  if (place >= 0) timers.splice(place, 1);
  return place >= 0;
}

function runTimers() {
  const now = milliseconds();
  while (timers.length > 0 && timers[0].at <= now) {
    const timer = timers.shift();
    if (timer.interval !== undefined) addTimer(Object.assign(timer, { at: now + timer.interval }));
    timer.callback(timer);
  }
}

/* ---- the loop ---- */

/** Called by the firmware when a frame is there or the alarm is due. */
globalThis.turn = () => {
  try {
    for (let body = receive(); body !== 0; body = receive()) {
      if (typeof body === "object") read(body);
      else board.onError(boardError(...LINE_ERRORS[-body]));
    }
    runTimers();
  } finally {
    rest();
  }
};

/** Sets the alarm for the first timer. */
export function rest() {
  setAlarm(timers.length > 0 ? timers[0].at : Infinity);
}

setExhaustion(boardError("ERR_BOARD_MEMORY_FULL", "The memory of JavaScript is full",
  "Keep less, or build the firmware with a larger heap.", RangeError));
