// The example as users get it.
import { log } from "board";
import "../../../boards/moddable/examples/server/main.js";

log("listening");
