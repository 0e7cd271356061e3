// Echoes datagrams, and tells of timers and of errors on the line.
import { board, log } from "board";
import UDP from "embedded:io/socket/udp";
import Timer from "timer";

board.onError = (error) => log(`${error.code}: ${error.hint}`);

new UDP({
  onReadable(count) {
    while (count--) {
      const datagram = this.read();
      this.write(datagram, datagram.address, datagram.port);
    }
  },
});

let ticks = 0;
const timer = Timer.repeat(() => {
  if (++ticks < 3) return;
  Timer.clear(timer);
  log("three ticks");
}, 10);
Timer.set(() => log("ready"), 50);
