/* Semihosting: what a debugger, here QEMU, does for a Cortex-M on `bkpt 0xab` (Arm's specification of 2.0, §6). */
#include <string.h>
#include "board.h"

enum {
  SYS_OPEN = 0x01, SYS_CLOSE = 0x02, SYS_WRITE0 = 0x04, SYS_READ = 0x06, SYS_FLEN = 0x0c, SYS_GET_CMDLINE = 0x15,
  SYS_EXIT_EXTENDED = 0x20,
};
enum { OPEN_RB = 1, APPLICATION_EXIT = 0x20026 };

static int32_t host_call(int32_t operation, const void *argument) {
  register int32_t r0 __asm("r0") = operation;
  register const void *r1 __asm("r1") = argument;
  __asm volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
  return r0;
}

void host_arguments(char *line, uint32_t size) {
  uint32_t block[2] = { (uint32_t)line, size };
  line[0] = 0;
  if (host_call(SYS_GET_CMDLINE, block) != 0) line[0] = 0;
}

static int32_t open(const char *name) {
  uint32_t block[3] = { (uint32_t)name, OPEN_RB, strlen(name) };
  return host_call(SYS_OPEN, block);
}

static void close(int32_t file) {
  uint32_t block[1] = { file };
  host_call(SYS_CLOSE, block);
}

int32_t host_read(const char *name, void *bytes, uint32_t size) {
  int32_t file = open(name);
  if (file < 0) return -1;
  uint32_t block[3] = { file, (uint32_t)bytes, size };
  int32_t missing = host_call(SYS_READ, block);
  close(file);
  return size - missing;
}

int32_t host_size(const char *name) {
  int32_t file = open(name);
  if (file < 0) return -1;
  uint32_t block[1] = { file };
  int32_t size = host_call(SYS_FLEN, block);
  close(file);
  return size;
}

void host_print(const char *line) { host_call(SYS_WRITE0, line); }

void host_exit(int code) {
  uint32_t block[2] = { APPLICATION_EXIT, code };
  for (;;) host_call(SYS_EXIT_EXTENDED, block);
}
