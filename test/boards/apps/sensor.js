// The example as users get it.
import "../../../boards/moddable/examples/client/main.js";
