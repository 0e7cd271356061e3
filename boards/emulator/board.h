/* The emulated board: QEMU's mps2-an386, a Cortex-M4 with 4 MB for code, 4 MB of RAM, timers and UARTs of CMSDK's design,
 * and semihosting, by which it reads files of the host and prints. */
#ifndef EMULATOR_BOARD_H
#define EMULATOR_BOARD_H

#include <stdint.h>

/* The clock of core and timers, in Hz. With QEMU's -icount shift=0 an instruction takes 1 ns: 40 of them a tick. */
#define TICK_HZ 25000000u
#define INSTRUCTIONS_PER_TICK 40u

/* ---- board.c ---- */

/* Ticks since the start, and how many of them passed in `board_sleep`. */
uint64_t board_ticks(void);
uint64_t board_asleep(void);
/* Waits for an interrupt, or until `ticks`. Interrupts must be masked: one that is pending already ends the wait at once. */
void board_sleep(uint64_t until);
/* Whole ticks from start to stop; interrupts masked. */
void stopwatch_start(void);
uint32_t stopwatch_stop(void);
/* Masks interrupts, or takes back the mask. */
static inline void board_mask(void) { __asm volatile("cpsid i" ::: "memory"); }
static inline void board_unmask(void) { __asm volatile("cpsie i" ::: "memory"); }

/* ---- semihosting.c ---- */

/* The words after -semihosting-config's `arg=`, joined by blanks. */
void host_arguments(char *line, uint32_t size);
/* Reads at most `size` bytes of a file of the host; returns how many, -1 if there is no such file. */
int32_t host_read(const char *name, void *bytes, uint32_t size);
/* Bytes of a file of the host, -1 if there is no such file. */
int32_t host_size(const char *name);
/* A line on QEMU's standard error. */
void host_print(const char *line);
/* Ends QEMU with this exit code. */
void host_exit(int code) __attribute__((noreturn));

/* ---- hosts.c ---- */

#define ARGUMENTS_SIZE 512
/* What `host_arguments` said. */
extern char arguments[ARGUMENTS_SIZE];
/* When JavaScript wants to be woken, in ticks. */
extern uint64_t alarm_at;

/* ---- frames.c ---- */

#define FRAME_MAX 2048

enum { FRAME_NONE = 0, FRAME_CUT = -1, FRAME_TOO_LONG = -2 };

void frames_start(void);
/* True if `frame_read` has something to tell; else `*until`, in ticks, is made no later than when it may have. */
int frames_wait(uint64_t *until);
/* True if bytes have come since `frames_wait` looked. */
int frames_are_new(void);
/* The length of the next frame, whose body now stands at `body`; FRAME_NONE, or what is wrong with the line. */
int32_t frame_read(uint8_t *body);
void frame_write(const uint8_t *body, uint32_t length);

/* ---- entropy.c ---- */

/* A word that begins with "host", "none", or "seed:" and a number; false if it is none of these. */
int entropy_choose(const char *word);

/* ---- counters.c ---- */

/* Calls of the module, by kind, and the ticks they took. */
struct counter { const char *name; uint32_t calls; uint64_t ticks; };
extern struct counter counters[];
extern const uint32_t counters_length;

#endif
