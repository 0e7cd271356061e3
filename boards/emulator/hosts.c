/* What board.js finds in C: frames, the clock, the console, the counters. Functions of XS's kind: arguments on its stack. */
#include <string.h>
#include "xsmc.h"
#include "board.h"

char arguments[512];
/* When to wake, in ticks. */
uint64_t alarm_at = UINT64_MAX;

/* arguments() → the words the firmware was started with, joined by blanks */
void xs_board_arguments(xsMachine *the) { xsmcSetString(xsResult, arguments); }

/* print(line) */
void xs_board_print(xsMachine *the) { host_print(xsmcToString(xsArg(0))); }

/* exit(code) */
void xs_board_exit(xsMachine *the) { host_exit(xsmcToInteger(xsArg(0))); }

/* milliseconds() and microseconds() since the start; fractions show the clock's ticks of 40 ns */
void xs_board_milliseconds(xsMachine *the) { xsmcSetNumber(xsResult, board_ticks() / (TICK_HZ / 1e3)); }
void xs_board_microseconds(xsMachine *the) { xsmcSetNumber(xsResult, board_ticks() / (TICK_HZ / 1e6)); }

/* alarm(milliseconds): `turn` is called then, instead of when the alarm was set to; Infinity for never */
void xs_board_alarm(xsMachine *the) {
  double at = xsmcToNumber(xsArg(0)) * (TICK_HZ / 1e3);
  alarm_at = at < 1e18 ? (uint64_t)at + 1 : UINT64_MAX;
}

/* receive() → an ArrayBuffer with the next frame's body, 0 if there is none, or negative: what is wrong with the line */
void xs_board_receive(xsMachine *the) {
  static uint8_t body[FRAME_MAX];
  int32_t length = frame_read(body);
  if (length > 0) xsmcSetArrayBuffer(xsResult, body, length);
  else xsmcSetInteger(xsResult, length);
}

/* transmit(body) */
void xs_board_transmit(xsMachine *the) {
  void *body;
  xsUnsignedValue length;
  xsmcGetBufferReadable(xsArg(0), &body, &length);
  frame_write(body, length);
}

/* instructions() → {kind: [calls, instructions] …}: the module's, then all that ran awake, under "firmware" */
void xs_board_instructions(xsMachine *the) {
  uint64_t awake = board_ticks() - board_asleep();
  xsmcVars(3);
  xsmcSetNewObject(xsResult);
  for (uint32_t i = 0; i <= counters_length; i++) {
    int is_last = i == counters_length;
    xsmcSetNewArray(xsVar(0), 2);
    xsmcSetNumber(xsVar(1), is_last ? 1 : counters[i].calls);
    xsmcSetNumber(xsVar(2), (double)(is_last ? awake : counters[i].ticks) * INSTRUCTIONS_PER_TICK);
    xsmcSetIndex(xsVar(0), 0, xsVar(1));
    xsmcSetIndex(xsVar(0), 1, xsVar(2));
    xsmcSet(xsResult, xsID(is_last ? "firmware" : counters[i].name), xsVar(0));
  }
}
