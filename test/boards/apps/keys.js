// A client with certificates or raw public keys: those of the module "credentials", bytes as hex digits.
import { log, option } from "board";
import credentials from "credentials";
import DTLS from "embedded:io/socket/udp/dtls";
import { attempt, bytes, connect, text } from "./ends.js";

const { servername, peerKeys, ...der } = credentials;
const dtls = { servername, peerKeys };
for (const name in der) dtls[name] = Array.isArray(der[name]) ? der[name].map(bytes) : bytes(der[name]);
for (const name in dtls) if (dtls[name] === undefined) delete dtls[name];

Date.now = () => Number(option("seconds") ?? 0) * 1000;
DTLS.layout = { connections: 1, message: 1024, credentials: 512 };

attempt(() => connect({
  onWritable() {
    log("connected", this.peerRawPublicKey ? "to a key" : "to a certificate");
    this.write(ArrayBuffer.fromString("a reading\n"));
  },
  onReadable(count) {
    while (count--) log(`heard ${text(this.read())}`);
  },
}, dtls));
