/*
 * How many instructions the module takes, by kind of call. The linker puts these functions around the module's
 * (--wrap), so that neither the module nor its binding knows. Interrupts wait meanwhile, and are not counted.
 */
#include "board.h"
#include "thimble.h"

enum { START, INIT, CONTEXT, LISTEN, CONNECT, RECEIVE, SEND, ANSWER, TIMEOUT, CLOSE, DISCARD, SEALS,
  SAVE, STORED, RESTORE, EXPORTER, POLL, COUNT };

struct counter counters[] = {
  [START] = { .name = "start" }, [INIT] = { .name = "init" }, [CONTEXT] = { .name = "context" },
  [LISTEN] = { .name = "listen" }, [CONNECT] = { .name = "connect" }, [RECEIVE] = { .name = "receive" },
  [SEND] = { .name = "send" }, [ANSWER] = { .name = "answer" }, [TIMEOUT] = { .name = "timeout" },
  [CLOSE] = { .name = "close" }, [DISCARD] = { .name = "discard" }, [SEALS] = { .name = "seals" },
  [SAVE] = { .name = "save" }, [STORED] = { .name = "stored" }, [RESTORE] = { .name = "restore" },
  [EXPORTER] = { .name = "exporter" },
  [POLL] = { .name = "poll" },
};
const uint32_t counters_length = COUNT;

#define COUNTED(KIND, name, parameters, arguments) \
  int32_t __real_thimble_##name parameters; \
  int32_t __wrap_thimble_##name parameters { \
    board_mask(); \
    stopwatch_start(); \
    int32_t result = __real_thimble_##name arguments; \
    counters[KIND].ticks += stopwatch_stop(); \
    counters[KIND].calls++; \
    board_unmask(); \
    return result; \
  }

COUNTED(START, start, (void), ())
COUNTED(INIT, init, (void), ())
COUNTED(CONTEXT, context, (int32_t id, int32_t length), (id, length))
COUNTED(LISTEN, listen, (int32_t context), (context))
COUNTED(CONNECT, connect, (int32_t context, int32_t now), (context, now))
COUNTED(RECEIVE, receive, (int32_t handle, int32_t length, int32_t now), (handle, length, now))
COUNTED(SEND, send, (int32_t handle, int32_t length), (handle, length))
COUNTED(ANSWER, answer, (int32_t serial, int32_t length, int32_t now), (serial, length, now))
COUNTED(TIMEOUT, timeout, (int32_t now), (now))
COUNTED(CLOSE, close, (int32_t handle), (handle))
COUNTED(DISCARD, discard, (int32_t handle), (handle))
COUNTED(SEALS, seals, (int32_t length), (length))
COUNTED(SAVE, save, (int32_t handle, int32_t length, int32_t keeps), (handle, length, keeps))
COUNTED(STORED, stored, (int32_t handle), (handle))
COUNTED(RESTORE, restore, (int32_t id, int32_t length, int32_t role), (id, length, role))
COUNTED(EXPORTER, exporter, (int32_t handle, int32_t length, int32_t wanted), (handle, length, wanted))
COUNTED(POLL, poll, (void), ())
