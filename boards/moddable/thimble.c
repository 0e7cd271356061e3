/*
 * The module as C, for XS: one host function for each of its functions, and its memory as a buffer of its own. Written
 * for the xsmc API of XS 13 to 17; native.js declares the same names.
 */
#include "xsmc.h"
#include "thimble.h"

/* A trap becomes an exception, here and in every call until the module is started again. */
static void answer(xsMachine *the, int32_t result) {
  if (result == THIMBLE_TRAPPED && thimble_trap() != NULL) xsUnknownError("%s", thimble_trap());
  xsmcSetInteger(xsResult, result);
}

#define A xsmcToInteger(xsArg(0))
#define B xsmcToInteger(xsArg(1))
#define C xsmcToInteger(xsArg(2))

/* The module's memory: no copy, and never moved by the garbage collector. */
void xs_thimble_memory(xsMachine *the) {
  xsResult = xsNewHostObject(NULL);
  xsmcSetHostBuffer(xsResult, thimble_memory, thimble_memory_bytes);
}

void xs_thimble_start(xsMachine *the) { answer(the, thimble_start()); }
void xs_thimble_init(xsMachine *the) { answer(the, thimble_init()); }
void xs_thimble_context(xsMachine *the) { answer(the, thimble_context(A, B)); }
void xs_thimble_listen(xsMachine *the) { answer(the, thimble_listen(A)); }
void xs_thimble_connect(xsMachine *the) { answer(the, thimble_connect(A, B)); }
void xs_thimble_receive(xsMachine *the) { answer(the, thimble_receive(A, B, C)); }
void xs_thimble_send(xsMachine *the) { answer(the, thimble_send(A, B)); }
void xs_thimble_answer(xsMachine *the) { answer(the, thimble_answer(A, B, C)); }
void xs_thimble_timeout(xsMachine *the) { answer(the, thimble_timeout(A)); }
void xs_thimble_close(xsMachine *the) { answer(the, thimble_close(A)); }
void xs_thimble_discard(xsMachine *the) { answer(the, thimble_discard(A)); }
void xs_thimble_seals(xsMachine *the) { answer(the, thimble_seals(A)); }
void xs_thimble_save(xsMachine *the) { answer(the, thimble_save(A, B, C)); }
void xs_thimble_stored(xsMachine *the) { answer(the, thimble_stored(A)); }
void xs_thimble_restore(xsMachine *the) { answer(the, thimble_restore(A, B, C)); }
void xs_thimble_exporter(xsMachine *the) { answer(the, thimble_exporter(A, B, C)); }
void xs_thimble_poll(xsMachine *the) { answer(the, thimble_poll()); }
