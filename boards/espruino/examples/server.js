// A server of CoAP (RFC 7252) over DTLS: takes readings (PUT) and gives back the last one of a path (GET).
var PORT = 5684;
var KEYS = { "node-17": "\xc0\xff\xee\x00\xc0\xff\xee\x00\xc0\xff\xee\x00\xc0\xff\xee\x00" };
var READINGS_MAX = 16;
var GET = 1, PUT = 3, CREATED = 0x41, CHANGED = 0x44, CONTENT = 0x45, NOT_FOUND = 0x84, NOT_ALLOWED = 0x85, FULL = 0xa3;

var readings = {};

// What a message holds as { isConfirmable, code, id, token, path, payload }; undefined if it is no CoAP (4.2: ignored).
function parse(message) {
  var at = 4 + (message.charCodeAt(0) & 15), option = 0, path = "";
  function number(nibble) { // 3.1: 13 and 14 stand for one or two more bytes, 15 for none
    if (nibble < 13) return nibble;
    if (nibble === 15) return NaN;
    at += nibble - 12;
    if (nibble === 13) return message.charCodeAt(at - 1) + 13;
    return (message.charCodeAt(at - 2) << 8) + message.charCodeAt(at - 1) + 269;
  }
  if (at > 12 || message.length < at || (message.charCodeAt(0) >> 6) !== 1) return undefined;
  while (at < message.length && message.charCodeAt(at) !== 255) {
    var first = message.charCodeAt(at++), length;
    option += number(first >> 4);
    length = number(first & 15);
    if (isNaN(option) || !(at + length <= message.length)) return undefined;
    if (option === 11) path += "/" + message.substr(at, length);
    at += length;
  }
  return {
    isConfirmable: (message.charCodeAt(0) & 0x30) === 0, code: message.charCodeAt(1), id: message.substr(2, 2),
    token: message.substr(4, message.charCodeAt(0) & 15), path: path, payload: message.substr(at + 1),
  };
}

function reply(request, code, payload) {
  var type = request.isConfirmable ? 0x60 : 0x50; // an acknowledgement carries it, or a message that wants none
  var message = String.fromCharCode(type | request.token.length, code) + request.id + request.token;
  return payload === undefined ? message : message + "\xff" + payload;
}

function serve(request, identity) {
  var known = readings[request.path];
  if (request.code === GET) return known === undefined ? reply(request, NOT_FOUND) : reply(request, CONTENT, known);
  if (request.code !== PUT) return reply(request, NOT_ALLOWED);
  if (known === undefined && Object.keys(readings).length >= READINGS_MAX) return reply(request, FULL);
  readings[request.path] = request.payload;
  print(identity + " " + request.path + " " + request.payload);
  return reply(request, known === undefined ? CREATED : CHANGED);
}

function start() {
  var server = require("dtls").listen({ port: PORT, psk: function (identity) { return KEYS[identity]; } }, function (c) {
    var lastId, lastReply; // 4.5: who asks again gets the same answer
    print(c.identity + " connected");
    c.on("data", function (message) {
      var request = parse(message);
      if (!request || request.code === 0 || (request.code >> 5) !== 0) return;
      if (request.id !== lastId) lastReply = serve(request, c.identity);
      lastId = request.id;
      try { // events come late: it may have been closed since
        c.write(lastReply);
      } catch (e) {
        print(e.message);
      }
    });
    c.on("error", function (e) { print(e.code + ": " + e.message + ". " + e.hint); });
    c.on("close", function () { print(c.identity + " closed"); });
  });
  server.on("clientError", function (e) { print(e.code + ": " + e.message + ". " + e.hint); });
}

// On a board, once it is in the network: require("Wifi").connect("name", { password: "…" }, start);
start();
