/*
 * The module as C against itself: one module is client and server at once, and what one sends the other receives. Prints one
 * line a case, "ok …" or "not ok …", and the counts; returns the number of cases that failed. The same file runs on a PC
 * and bare-metal; `instructions` is the platform's. With SELFTEST_CERTIFICATES it is for a module that has raw public keys.
 */
#include <stdio.h>
#include <string.h>
#include "selftest.h"
#include "thimble.h"
#ifdef SELFTEST_CERTIFICATES
#include "credentials.h"
#endif

enum { CLIENT, SERVER, SIDES };
/* Of client and server at once, which fit 12 KiB so. */
#define DATAGRAM 1100

static const char KEY[] = "secretPSK", IDENTITY[] = "dev1";
static int32_t info_at, handles[SIDES];
static int32_t connected, closed_code, received, now = 1000;
static uint32_t spent[SIDES];
static int failures, entropy_fails;

/* The same bytes in every run, so that a failure repeats. */
int32_t thimble_entropy(uint8_t *bytes, uint32_t length) {
  static uint32_t state = 1;
  for (uint32_t i = 0; i < length; i++) bytes[i] = (uint8_t)((state = state * 1664525u + 1013904223u) >> 24);
  return entropy_fails;
}

static int32_t word(int32_t at, int32_t index) {
  int32_t value;
  memcpy(&value, thimble_memory + at + 4 * index, sizeof value);
  return value;
}
static void set_word(int32_t at, int32_t index, int32_t value) { memcpy(thimble_memory + at + 4 * index, &value, sizeof value); }
static int32_t info(int32_t field) { return word(info_at, field); }
static int32_t event(int32_t field) { return word(info(THIMBLE_INFO_EVENT), field); }

static void expect(int is_good, const char *what) {
  printf("%s %s\n", is_good ? "ok" : "not ok", what);
  if (!is_good) failures++;
}

/* The result of one call; its instructions are counted for whoever it is for. */
#define MEASURED(side, call)                       \
  ({                                               \
    const uint32_t before = instructions();        \
    const int32_t result = (call);                 \
    spent[side] += instructions() - before;        \
    result;                                        \
  })

static int32_t start(int32_t bytes, int32_t datagram, int32_t connections) {
  info_at = thimble_start();
  const int32_t layout[THIMBLE_INFO_SECONDS] = {bytes, datagram, datagram, 512, connections, connections, connections, connections, 192};
  for (int32_t i = 0; i < THIMBLE_INFO_SECONDS; i++) set_word(info_at, i, layout[i]);
  return thimble_init();
}

/* A context record in IN, begun and grown part by part. */
static int32_t record_length;

static void begin_record(int32_t mtu, int32_t suite) {
  const int32_t in = info(THIMBLE_INFO_IN);
  record_length = 4 * THIMBLE_CONTEXT_COUNT;
  memset(thimble_memory + in, 0, (size_t)record_length);
  set_word(in, THIMBLE_CONTEXT_SUITES, suite);
  set_word(in, THIMBLE_CONTEXT_MTU, mtu);
  set_word(in, THIMBLE_CONTEXT_CID_LENGTH, -1);
}
static void add_part(int32_t field, const void *part, size_t length) {
  set_word(info(THIMBLE_INFO_IN), field, (int32_t)length);
  memcpy(thimble_memory + info(THIMBLE_INFO_IN) + record_length, part, length);
  record_length += (int32_t)length;
}

static int32_t define(int32_t id, int32_t mtu, const char *identity, const char *key) {
  begin_record(mtu, THIMBLE_TLS_PSK_WITH_AES_128_CCM_8);
  add_part(THIMBLE_CONTEXT_IDENTITY_LENGTH, identity, strlen(identity));
  add_part(THIMBLE_CONTEXT_KEY_LENGTH, key, strlen(key));
  return thimble_context(id, record_length);
}

#ifdef SELFTEST_CERTIFICATES
/* A raw public key of one's own, and trust in the other side's. */
static int32_t define_raw_key(int32_t id, int side) {
  begin_record(1200, THIMBLE_TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8);
  set_word(info(THIMBLE_INFO_IN), THIMBLE_CONTEXT_FLAGS, THIMBLE_CONTEXT_PEER_RAW_KEY |
    (side == SERVER ? THIMBLE_CONTEXT_REQUEST_CERTIFICATE | THIMBLE_CONTEXT_REQUIRE_CERTIFICATE : 0));
  add_part(THIMBLE_CONTEXT_PRIVATE_KEY_LENGTH, CREDENTIALS[side].private_key, PRIVATE_KEY);
  add_part(THIMBLE_CONTEXT_PUBLIC_KEY_LENGTH, CREDENTIALS[side].public_key, PUBLIC_KEY);
  add_part(THIMBLE_CONTEXT_ANCHORS_LENGTH, CREDENTIALS[1 - side].anchor, ANCHOR);
  return thimble_context(id, record_length);
}
#endif

/* Which side an event of this handle belongs to; the server's handle is new. */
static int side_of(int32_t handle) {
  if (handle == handles[CLIENT]) return CLIENT;
  if (handle != 0) handles[SERVER] = handle;
  return SERVER;
}

static uint8_t pending[2048];
static int32_t pending_length, pending_to;

static void take(int32_t kind) {
  const int32_t at = event(THIMBLE_EVENT_POINTER), length = event(THIMBLE_EVENT_LENGTH);
  const int side = side_of(event(THIMBLE_EVENT_HANDLE));
  switch (kind) {
    case THIMBLE_EVENT_DATAGRAM:
      memcpy(pending, thimble_memory + at, (size_t)length);
      pending_length = length;
      pending_to = side == CLIENT ? SERVER : CLIENT;
      break;
    case THIMBLE_EVENT_QUESTION:
      memcpy(thimble_memory + info(THIMBLE_INFO_ANSWER), KEY, sizeof KEY - 1);
      MEASURED(SERVER, thimble_answer(event(THIMBLE_EVENT_SERIAL), (int32_t)sizeof KEY - 1, now));
      break;
    case THIMBLE_EVENT_CONNECTED: connected++; break;
    case THIMBLE_EVENT_DATA: received += length; break;
    case THIMBLE_EVENT_CLOSED: closed_code = event(THIMBLE_EVENT_CODE); break;
    default: break;
  }
}

static int32_t drain(int side) {
  int32_t kind;
  while ((kind = MEASURED(side, thimble_poll())) > THIMBLE_EVENT_NONE) take(kind);
  return kind;
}

/* One datagram to the other side, as long as there is one. */
static int32_t flow(void) {
  int32_t result = 0;
  while (pending_length > 0) {
    const int side = pending_to;
    const int32_t length = pending_length;
    memcpy(thimble_memory + info(THIMBLE_INFO_IN), pending, (size_t)length);
    memset(thimble_memory + info(THIMBLE_INFO_PEER), 0, THIMBLE_BOUND_PEER);
    thimble_memory[info(THIMBLE_INFO_PEER)] = side == CLIENT ? 2 : 1;
    pending_length = 0;
    result = MEASURED(side, thimble_receive(handles[side], length, now));
    if (result < 0) return result;
    result = drain(side);
  }
  return result;
}

/* What of the stack below here has been used since it was painted. */
#define STACK_MAX 4096
static __attribute__((noinline)) uint32_t stack(int is_painting) {
  volatile uint8_t below[STACK_MAX];
  uint32_t untouched = 0;
  if (is_painting) for (uint32_t i = 0; i < STACK_MAX; i++) below[i] = 0xa5;
  while (untouched < STACK_MAX && below[untouched] == 0xa5) untouched++;
  return STACK_MAX - untouched;
}

/* A client of context 0 and a server of context 1, in one module. */
static void meet(void) {
  handles[CLIENT] = handles[SERVER] = connected = closed_code = received = 0;
  spent[CLIENT] = spent[SERVER] = 0;
  thimble_listen(1);
  thimble_memory[info(THIMBLE_INFO_PEER)] = 2;
  handles[CLIENT] = MEASURED(CLIENT, thimble_connect(0, now));
  drain(CLIENT);
  flow();
}

static void shake_hands(const char *key) {
  define(1, 1200, "", "");
  define(0, 1200, IDENTITY, key);
  meet();
}

/* `length` bytes of data from one side to the other; spent[] says what each paid. */
static int32_t send(int side, int32_t length) {
  spent[CLIENT] = spent[SERVER] = 0;
  received = 0;
  memset(thimble_memory + info(THIMBLE_INFO_IN), 'x', (size_t)length);
  const int32_t result = MEASURED(side, thimble_send(handles[side], length));
  if (result < 0) return result;
  drain(side);
  flow();
  return received;
}

static void print_count(const char *what, uint32_t count) { printf("count %s %lu\n", what, (unsigned long)count); }

/* Bytes of memory that one client needs, and then a client and a server at once. */
static void check_memory(void) {
  expect(start(0, 512, 1) == 0, "starts with one connection and datagrams of 512 bytes");
  print_count("memory 512", (uint32_t)info(THIMBLE_INFO_USED));
  expect(start(0, 1280, 1) == 0, "starts with one connection and datagrams of 1,280 bytes");
  print_count("memory 1280", (uint32_t)info(THIMBLE_INFO_USED));
}

static void check_handshake(void) {
  expect(start(0, DATAGRAM, 2) == 0, "starts with all of its memory");
  stack(1);
  shake_hands(KEY);
  print_count("stack", stack(0));
  expect(connected == 2 && handles[SERVER] > 0, "client and server shake hands");
  print_count("handshake client", spent[CLIENT]);
  print_count("handshake server", spent[SERVER]);
  expect(send(CLIENT, 64) == 64, "64 bytes from client to server");
  print_count("seal 64", spent[CLIENT]);
  print_count("open 64", spent[SERVER]);
  expect(send(SERVER, 1024) == 1024, "1,024 bytes from server to client");
  print_count("seal 1024", spent[SERVER]);
  print_count("open 1024", spent[CLIENT]);
  expect(send(CLIENT, DATAGRAM - 1) == -THIMBLE_MISUSE_TOO_LONG, "more than a datagram holds is refused");
  thimble_close(handles[CLIENT]);
  drain(CLIENT);
  flow();
  expect(closed_code == THIMBLE_CODE_PEER_ABORTED, "close_notify arrives");
}

/* RFC 7250 on both sides: two key pairs, two secrets, two signatures and two verifications in all. */
static void check_raw_keys(void) {
#ifdef SELFTEST_CERTIFICATES
  expect(start(0, DATAGRAM, 2) == 0 && define_raw_key(0, CLIENT) == 0 && define_raw_key(1, SERVER) == 0, "raw public keys are taken");
  stack(1);
  meet();
  print_count("stack raw key", stack(0));
  expect(connected == 2, "client and server shake hands with raw public keys");
  print_count("raw key client", spent[CLIENT]);
  print_count("raw key server", spent[SERVER]);
  expect(send(CLIENT, 64) == 64, "and speak");
#endif
}

static void check_refusals(void) {
  expect(start(THIMBLE_MEMORY_BYTES + 1, 512, 1) == -THIMBLE_MISUSE_BAD_LAYOUT, "more than the array is refused");
  expect(start(THIMBLE_MEMORY_BYTES, 512, 4096) == -THIMBLE_MISUSE_BAD_LAYOUT, "more than fits is refused");
  expect(start(0, 512, 1) == 0 && define(0, 512, IDENTITY, KEY) == 0, "starts again after a refusal");
  expect(thimble_connect(0, now) > 0 && drain(CLIENT) == 0, "a connection for the only slot");
  expect(thimble_connect(0, now) == -THIMBLE_MISUSE_FULL, "the table is full");
  expect(thimble_receive(0, 513, now) == -THIMBLE_MISUSE_BAD_LENGTH, "a datagram longer than its window is refused");
  entropy_fails = 1;
  expect(start(0, 512, 1) == -THIMBLE_MISUSE_NO_ENTROPY, "no entropy, no start");
  entropy_fails = 0;
  pending_length = 0;
}

/* A wrong key is a dead handshake on both sides, by the third silent retransmission. */
static void check_wrong_key(void) {
  start(0, DATAGRAM, 2);
  shake_hands("wrong");
  for (int turn = 0; turn < 6 && closed_code == 0; turn++) {
    now += 60000;
    thimble_timeout(now);
    drain(CLIENT);
    flow();
  }
  expect(connected == 0 && closed_code != 0, "a wrong key ends the handshake");
}

/* Every pointer in the connection of this handle, bent out of the memory. */
static void bend(int32_t handle) {
  int32_t at = info(THIMBLE_INFO_OUT) + info(THIMBLE_INFO_OUT_MAX);
  while (word(at, 0) != handle) at += 4;
  memset(thimble_memory + at + 4, 0xff, (size_t)info(THIMBLE_INFO_CONNECTION_SIZE) - 4);
}

/* What runs out of the memory must stop the module and nothing else. */
static void check_trap(void) {
  start(0, 512, 2);
  define(0, 512, IDENTITY, KEY);
  bend(thimble_connect(0, now));
  expect(thimble_poll() == THIMBLE_TRAPPED && thimble_trap() != NULL, "a trap ends the call");
  printf("trap %s\n", thimble_trap() ? thimble_trap() : "none");
  expect(thimble_poll() == THIMBLE_TRAPPED && thimble_timeout(now) == THIMBLE_TRAPPED, "a trapped module stays stopped");
  int32_t left = 0;
  for (int32_t i = 0; i < THIMBLE_MEMORY_BYTES; i++) left += thimble_memory[i] != 0;
  expect(left == 0, "and leaves nothing in its memory");
  expect(start(0, DATAGRAM, 2) == 0 && thimble_trap() == NULL, "a fresh module starts after a trap");
  shake_hands(KEY);
  expect(connected == 2, "and shakes hands");
}

int selftest(void) {
  expect(thimble_poll() == THIMBLE_TRAPPED, "nothing works before thimble_start");
  check_memory();
  check_handshake();
  check_raw_keys();
  check_refusals();
  check_wrong_key();
  check_trap();
  printf("%d failed\n", failures);
  return failures;
}
