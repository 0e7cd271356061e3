// A sensor: reports a reading by CoAP (RFC 7252) over DTLS every minute, over one connection.
var SERVER = {
  host: "192.168.1.2",
  port: 5684,
  psk: { identity: "node-17", key: "\xc0\xff\xee\x00\xc0\xff\xee\x00\xc0\xff\xee\x00\xc0\xff\xee\x00" },
};
var PATH = ["readings", "node-17"]; // each up to 12 characters
var EVERY_MS = 60000, RECONNECT_MS = 10000;
var ACK_TIMEOUT_MS = 2000, MAX_RETRANSMIT = 4; // RFC 7252, 4.8

var lastId = (getTime() * 1000) & 65535;
var waiting = null; // the request that has no answer yet: { id, message, tries, timer }

function reading() {
  return (20 + (getTime() % 50) / 10).toFixed(1); // your sensor's
}

// A confirmable PUT of the payload, a string; the message id is the token, too.
function put(id, payload) {
  var number = String.fromCharCode(id >> 8, id & 255), option = 11 << 4; // Uri-Path
  var message = String.fromCharCode(0x42, 3) + number + number;
  PATH.forEach(function (segment) {
    message += String.fromCharCode(option | segment.length) + segment;
    option = 0;
  });
  return message + "\xff" + payload;
}

// Sends, and again after a time that doubles (RFC 7252, 4.2).
function transmit(c) {
  if (waiting.tries > MAX_RETRANSMIT) {
    print("No answer");
    waiting = null;
    c.end();
    return;
  }
  waiting.timer = setTimeout(transmit, ACK_TIMEOUT_MS << waiting.tries, c);
  waiting.tries++;
  c.write(waiting.message);
}

function report(c) {
  if (waiting) return;
  lastId = (lastId + 1) & 65535;
  waiting = { id: lastId, message: put(lastId, reading()), tries: 0, timer: undefined };
  transmit(c);
}

function answer(message) {
  var id = (message.charCodeAt(2) << 8) | message.charCodeAt(3), code = message.charCodeAt(1);
  if (!waiting || message.length < 4 || id !== waiting.id) return;
  clearTimeout(waiting.timer);
  waiting = null;
  var detail = code & 31;
  print("Answer " + (code >> 5) + (detail < 10 ? ".0" : ".") + detail); // 2.01 is Created, 2.04 is Changed
}

function connect() {
  var interval;
  var c = require("dtls").connect(SERVER, function (c) {
    print("Connected");
    interval = setInterval(report, EVERY_MS, c);
    report(c);
  });
  c.on("data", answer);
  c.on("warning", function (e) { print(e.message + ". " + (e.hint || "")); });
  c.on("error", function (e) { print(e.code + ": " + e.message + ". " + e.hint); });
  c.on("close", function () {
    if (interval) clearInterval(interval);
    if (waiting) clearTimeout(waiting.timer);
    waiting = null;
    setTimeout(connect, RECONNECT_MS);
  });
}

// On a board, once it is in the network: require("Wifi").connect("name", { password: "…" }, connect);
connect();
