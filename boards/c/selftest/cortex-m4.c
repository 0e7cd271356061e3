/* The self-test on an emulated Cortex-M4: QEMU's mps2-an386, -icount shift=6, by semihosting (newlib's rdimon). */
#include <stdio.h>
#include <stdlib.h>
#include "selftest.h"

void _start(void);
extern uint32_t stack_top;

/* Anything unforeseen ends the run instead of hanging it. */
static void fault(void) {
  printf("not ok a fault of the processor\n");
  exit(1);
}

__attribute__((section(".vectors"), used)) static const void *const vectors[] = {&stack_top, _start, fault, fault, fault, fault, fault};

/* CMSDK APB timer 0: SysTick's 24 bits are fewer than one operation on P-256 takes. */
#define TIMER_CTRL (*(volatile uint32_t *)0x40000000)
#define TIMER_VALUE (*(volatile uint32_t *)0x40000004)
#define TIMER_RELOAD (*(volatile uint32_t *)0x40000008)

/* The timer counts down 32 bits at 25 MHz, and an instruction takes 64 ns of QEMU's time: 1.6 ticks. */
static uint64_t ticks(void) {
  static uint64_t total;
  static uint32_t last;
  if (TIMER_CTRL == 0) {
    TIMER_RELOAD = TIMER_VALUE = last = 0xffffffff;
    TIMER_CTRL = 1;
  }
  const uint32_t value = TIMER_VALUE;
  total += last - value;
  last = value;
  return total;
}

uint32_t instructions(void) { return (uint32_t)(ticks() * 40 / 64); }

int main(void) { return selftest() == 0 ? 0 : 1; }
