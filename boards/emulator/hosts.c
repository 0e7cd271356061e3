/* What board.js finds in C: frames, the clock, the console, the counters. Functions of XS's kind: arguments on its stack. */
#include <string.h>
#include "xsmc.h"
#include "board.h"

char arguments[ARGUMENTS_SIZE];
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

/* instructions() → how many the firmware has executed, asleep not counted */
void xs_board_instructions(xsMachine *the) {
  xsmcSetNumber(xsResult, (double)(board_ticks() - board_asleep()) * INSTRUCTIONS_PER_TICK);
}

/* moduleInstructions() → how many of them in the module */
void xs_board_module_instructions(xsMachine *the) {
  uint64_t ticks = 0;
  for (uint32_t i = 0; i < counters_length; i++) ticks += counters[i].ticks;
  xsmcSetNumber(xsResult, (double)ticks * INSTRUCTIONS_PER_TICK);
}

/* collect(): the garbage, now */
void xs_board_collect(xsMachine *the) { xsCollectGarbage(); }

/* moduleCalls() → {kind: [calls, instructions]} */
void xs_board_module_calls(xsMachine *the) {
  xsmcVars(2);
  xsmcSetNewObject(xsResult);
  for (uint32_t i = 0; i < counters_length; i++) {
    xsmcSetNewArray(xsVar(0), 2);
    xsmcSetInteger(xsVar(1), counters[i].calls);
    xsmcSetIndex(xsVar(0), 0, xsVar(1));
    xsmcSetNumber(xsVar(1), (double)counters[i].ticks * INSTRUCTIONS_PER_TICK);
    xsmcSetIndex(xsVar(0), 1, xsVar(1));
    xsmcSet(xsResult, xsID(counters[i].name), xsVar(0));
  }
}
