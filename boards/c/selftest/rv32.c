/* The self-test on an emulated rv32imc: QEMU's virt, -icount shift=0, by semihosting (picolibc). */
#include "selftest.h"

uint32_t instructions(void) {
  uint32_t count;
  __asm__ volatile(".option push\n.option arch, +zicsr\ncsrr %0, minstret\n.option pop" : "=r"(count));
  return count;
}

int main(void) { return selftest() == 0 ? 0 : 1; }
