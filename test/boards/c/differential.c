/*
 * Plays a journal of another engine's calls (test/boards/journal.ts) from standard input on the module as C, and says where
 * it first does something else: in what a call returns, or in any byte of the memory. Silent if it never does.
 */
#include <stdio.h>
#include <string.h>
#include "thimble.h"

enum { START, INIT, CONTEXT, LISTEN, CONNECT, RECEIVE, SEND, ANSWER, TIMEOUT, CLOSE, DISCARD, SEALS,
  SAVE, STORED, RESTORE, EXPORTER, POLL };

/* A call: what the host wrote before it, what random bytes it drew, and how it left things. */
struct entry {
  int32_t call, arguments[3], result;
  uint32_t pages, checksum, write_at, write_length, random_length, random_fails;
};

static struct entry entry;
static uint8_t random_bytes[65536];
static uint32_t random_at;

int32_t thimble_entropy(uint8_t *bytes, uint32_t length) {
  if (entry.random_fails || random_at + length > entry.random_length) return 1;
  memcpy(bytes, random_bytes + random_at, length);
  random_at += length;
  return 0;
}

static int32_t play(void) {
  const int32_t *a = entry.arguments;
  switch (entry.call) {
    case START: return thimble_start();
    case INIT: return thimble_init();
    case CONTEXT: return thimble_context(a[0], a[1]);
    case LISTEN: return thimble_listen(a[0]);
    case CONNECT: return thimble_connect(a[0], a[1]);
    case RECEIVE: return thimble_receive(a[0], a[1], a[2]);
    case SEND: return thimble_send(a[0], a[1]);
    case ANSWER: return thimble_answer(a[0], a[1], a[2]);
    case TIMEOUT: return thimble_timeout(a[0]);
    case CLOSE: return thimble_close(a[0]);
    case DISCARD: return thimble_discard(a[0]);
    case SEALS: return thimble_seals(a[0]);
    case SAVE: return thimble_save(a[0], a[1], a[2]);
    case STORED: return thimble_stored(a[0]);
    case RESTORE: return thimble_restore(a[0], a[1], a[2]);
    case EXPORTER: return thimble_exporter(a[0], a[1], a[2]);
    default: return thimble_poll();
  }
}

static uint32_t checksum(uint32_t length) {
  uint32_t sum = 0, word;
  for (uint32_t at = 0; at < length; at += 4) {
    memcpy(&word, thimble_memory + at, 4);
    sum = (sum ^ word) * 16777619u;
  }
  return sum;
}

static int read_all(void *to, size_t length) { return fread(to, 1, length, stdin) == length; }

int main(void) {
  for (uint32_t number = 0; read_all(&entry, sizeof entry); number++) {
    if (entry.write_length > THIMBLE_MEMORY_BYTES || entry.random_length > sizeof random_bytes) return 2;
    if (!read_all(thimble_memory + entry.write_at, entry.write_length)) return 2;
    if (!read_all(random_bytes, entry.random_length)) return 2;
    random_at = 0;
    const int32_t result = play();
    const int is_same = checksum(entry.pages * 65536) == entry.checksum;
    if (is_same && result == entry.result && random_at == entry.random_length) continue;
    const int32_t *a = entry.arguments;
    printf("entry %u, call %d(%d, %d, %d): ", (unsigned)number, (int)entry.call, (int)a[0], (int)a[1], (int)a[2]);
    printf("returned %d, not %d; ", (int)result, (int)entry.result);
    printf("drew %u random bytes of %u; ", (unsigned)random_at, (unsigned)entry.random_length);
    printf("%s; memory %s\n", thimble_trap() ? thimble_trap() : "alive", is_same ? "the same" : "differs");
    return 1;
  }
  return 0;
}
