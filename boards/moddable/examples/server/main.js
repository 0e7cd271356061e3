// A server of CoAP over DTLS: takes readings (POST) and gives the last one of a path (GET).
import DTLS, { Listener } from "embedded:io/socket/udp/dtls";
import { Code, codeName, decode, encode, textOf, Type } from "coap";
import config from "config";

const READINGS_MAX = 16;

DTLS.layout = { datagram: 512, connections: 4 };

/** The last reading by identity and path; the oldest makes room. */
const readings = new Map();

function answer(identity, { code, path, payload }) {
  const name = `${identity}/${path.join("/")}`;
  if (code === Code.POST) {
    readings.delete(name);
    if (readings.size === READINGS_MAX) readings.delete(readings.keys().next().value);
    readings.set(name, payload);
    trace(`${name}: ${textOf(payload)}\n`);
    return { code: Code.CHANGED };
  }
  if (code !== Code.GET) return { code: Code.NOT_ALLOWED };
  const reading = readings.get(name);
  return reading ? { code: Code.CONTENT, payload: reading } : { code: Code.NOT_FOUND };
}

class Client {
  #dtls;
  /** Section 4.5: who asks again, because the answer was lost, gets the same one and nothing is done twice. */
  #lastId;
  #lastAnswer;

  constructor(from) {
    this.#dtls = new DTLS({
      from,
      target: this,
      onReadable() {
        for (let message = this.read(); message; message = this.read()) this.target.receive(decode(message));
      },
      onError: (error) => trace(`${error ? error.message : "goodbye"}\n`),
    });
    trace(`${this.#dtls.pskIdentity} at ${this.#dtls.remoteAddress}\n`);
  }

  receive(message) {
    if (!message || message.code === Code.EMPTY || message.code >> 5 !== 0) return;
    const { type, id, token } = message;
    if (id !== this.#lastId) {
      const reply = answer(this.#dtls.pskIdentity, message);
      this.#lastAnswer = encode({ type: type === Type.CON ? Type.ACK : Type.NON, id, token, ...reply });
      this.#lastId = id;
      trace(`${codeName(reply.code)}\n`);
    }
    this.#dtls.write(this.#lastAnswer);
  }
}

new Listener({
  port: config.port,
  dtls: { psk: (identity) => config.keys.get(identity) },
  onReadable(count) {
    while (count--) new Client(this.read());
  },
  onWarning: (error) => trace(`${error.code}: ${error.message}. ${error.hint}\n`),
});
