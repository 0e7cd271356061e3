// Posts a hundred readings, each when the one before was answered.
import { log } from "board";
import { CHANGED, parse, post } from "./coap.js";
import { attempt, connect } from "./ends.js";

const READINGS = 100;
let sent = 0;

const report = (dtls) => dtls.write(post(++sent, "readings", `${20 + sent / 10}`));

attempt(() => connect({
  onWritable() { report(this); },
  onReadable(count) {
    while (count--) {
      const { code, id } = parse(this.read());
      if (id !== sent || code !== CHANGED) log(`refused: code ${code} for ${id}`);
      else if (sent < READINGS) report(this);
      else log(`posted ${sent}`);
    }
  },
}));
