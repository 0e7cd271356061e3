// What cannot start (a layout too large, no entropy) is an error, and nothing else ends.
import { log, option } from "board";
import Timer from "timer";
import DTLS from "embedded:io/socket/udp/dtls";
import { attempt, connect, listen } from "./ends.js";

const datagram = option("datagram");
if (datagram) DTLS.layout = { datagram: Number(datagram) };

attempt(() => connect({}));
attempt(() => listen({}));
Timer.set(() => log("the firmware goes on"), 10);
