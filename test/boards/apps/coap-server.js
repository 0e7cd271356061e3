// Answers each GET with the next reading.
import { log } from "board";
import { answer, CONTENT, GET, parse } from "./coap.js";
import { attempt, listen } from "./ends.js";

let read = 0;

attempt(() => listen({
  onReadable(count) {
    while (count--) {
      const request = parse(this.read());
      if (request.code === GET) this.write(answer(request, CONTENT, `${20 + ++read / 10}`));
    }
  },
}));
log("listening");
