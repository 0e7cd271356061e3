// One connection more than there is room for: it is refused, the others go on.
import { log } from "board";
import { attempt, connect, text } from "./ends.js";

const talkative = {
  onWritable() { this.write(ArrayBuffer.fromString("here")); },
  onReadable() { log(`heard ${text(this.read())}`); },
};

for (let i = 0; i < 3; i++) attempt(() => connect(talkative));
