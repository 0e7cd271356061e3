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

#define SYST_CSR (*(volatile uint32_t *)0xe000e010)
#define SYST_RVR (*(volatile uint32_t *)0xe000e014)
#define SYST_CVR (*(volatile uint32_t *)0xe000e018)

/* The timer counts down 24 bits at 25 MHz, and an instruction takes 64 ns of QEMU's time: 1.6 ticks. */
uint32_t ticks(void) {
  static uint32_t total, last;
  if (SYST_RVR == 0) {
    SYST_RVR = last = 0xffffff;
    SYST_CVR = 0;
    SYST_CSR = 5;
  }
  const uint32_t value = SYST_CVR;
  total += (last - value) & 0xffffff;
  last = value;
  return total;
}

uint32_t instructions(void) { return (uint32_t)((uint64_t)ticks() * 40 / 64); }

int main(void) { return selftest() == 0 ? 0 : 1; }
