// A sensor: reports a reading by CoAP over DTLS, confirmed, and again every minute over the same connection.
import DTLS from "embedded:io/socket/udp/dtls";
import Time from "time";
import Timer from "timer";
import { Code, codeName, decode, encode, Type } from "coap";
import config from "config";

/** RFC 7252 section 4.8. */
const ACK_TIMEOUT_MS = 2000;
const MAX_RETRANSMIT = 4;
const RECONNECT_MS = 10_000;

DTLS.layout = { datagram: 512, connections: 1 };

class Sensor {
  #dtls;
  #timer;
  #waiting;
  #id = Time.ticks & 0xffff;

  /** The network must be up: only then do some boards have entropy. */
  connect() {
    try {
      this.#dtls = new DTLS({
        target: this,
        address: config.address,
        port: config.port,
        dtls: { psk: { identity: config.identity, key: config.key } },
        onWritable() {
          this.target.report();
        },
        onReadable() {
          for (let message = this.read(); message; message = this.read()) this.target.receive(decode(message));
        },
        onWarning: (error) => trace(`${error.message}. ${error.hint}\n`),
        onError: (error) => this.lost(error),
      });
    } catch (error) {
      this.lost(error);
    }
  }

  /** Without `error` the server said goodbye. */
  lost(error) {
    trace(error ? `${error.code}: ${error.message}. ${error.hint}\n` : "the server closed the connection\n");
    this.#dtls?.close();
    this.#dtls = this.#waiting = undefined;
    this.#rest(RECONNECT_MS, () => this.connect());
  }

  report() {
    const reading = 20 + (Time.ticks % 50) / 10; // read your sensor here
    const payload = new Uint8Array(ArrayBuffer.fromString(reading.toFixed(1)));
    this.#id = this.#id + 1 & 0xffff;
    const token = [this.#id >> 8, this.#id & 255];
    this.#waiting = {
      id: this.#id, token, tries: 0,
      request: encode({ type: Type.CON, code: Code.POST, id: this.#id, token, path: config.path, payload }),
      // Spread out, so that devices which start together do not send together.
      timeoutMs: ACK_TIMEOUT_MS * (1 + (Time.ticks % 512) / 1024),
    };
    trace(`reading ${reading.toFixed(1)}\n`);
    this.#transmit();
  }

  /** Section 4.2: again after a time that doubles, four times at most. */
  #transmit() {
    const { request, tries, timeoutMs } = this.#waiting;
    if (tries > MAX_RETRANSMIT) {
      this.lost({ code: "no answer", message: "The server does not answer", hint: "It may have restarted." });
      return;
    }
    this.#waiting.tries++;
    this.#rest(timeoutMs << tries, () => this.#transmit());
    try {
      this.#dtls.write(request);
    } catch (error) {
      trace(`${error.message}\n`);
    }
  }

  receive(message) {
    const waiting = this.#waiting;
    if (!message || !waiting) return;
    if (message.code === Code.EMPTY && message.id === waiting.id) {
      if (message.type === Type.RST) this.lost({ code: "reset", message: "The server refused the message", hint: "" });
      return; // its answer comes later (section 5.2.2)
    }
    if (message.token.join() !== waiting.token.join()) return;
    if (message.type === Type.CON) this.#dtls.write(encode({ type: Type.ACK, code: Code.EMPTY, id: message.id }));
    this.#waiting = undefined;
    trace(`answer ${codeName(message.code)}\n`);
    this.#rest(config.intervalMs, () => this.report());
  }

  /** One timer for all: to send again, to report, to connect. */
  #rest(milliseconds, next) {
    if (this.#timer !== undefined) Timer.clear(this.#timer);
    this.#timer = Timer.set(() => {
      this.#timer = undefined;
      next();
    }, milliseconds);
  }
}

new Sensor().connect();
