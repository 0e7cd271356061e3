// Uses up the heap and the stack of JavaScript, and connects all the same.
import { log } from "board";
import { attempt, connect, text } from "./ends.js";

attempt(() => {
  const objects = [];
  for (;;) objects.push({});
});
attempt(() => {
  const buffers = [];
  for (;;) buffers.push(new ArrayBuffer(1000));
});
attempt(function deeper() { return deeper() + 1; });

attempt(() => connect({
  onWritable() { this.write(ArrayBuffer.fromString("still here")); },
  onReadable() { log(`heard ${text(this.read())}`); },
}));
