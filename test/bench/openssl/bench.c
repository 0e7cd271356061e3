/* OpenSSL's DTLS 1.2, both ends in memory and in one thread: a peer of the bench.
 *
 * Reads one request a line from standard input and answers each with one line of JSON:
 *   handshakes MS     full handshakes for MS milliseconds   {"count", "wallNs", "cpuNs", "bytes"}
 *   server-certificate MS, mutual-certificate MS, resume-id MS, resume-ticket MS    likewise, with ECDHE_ECDSA
 *   records SIZE MS   SIZE bytes sealed by the client and opened by the server, likewise
 *   facts             one handshake, counted                {"bytes", "datagrams", "suite", …}
 *   memory            what each end holds, in bytes         {"client": {"connection", "handshake"}, "server": …};
 *                     needs the argument `memory`, which has OpenSSL's allocations counted and all else slower
 *
 * As in every lane of the bench: AES_128_CCM_8, cookie, extended master secret, one suite
 * offered, a new SSL object an end and handshake, contexts shared, no session unless it is resumed. The argument is the folder
 * of the certificates. */
#include "credentials.h"
#include "network.h"

#include <malloc.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* ---- a handshake ---- */

typedef struct {
  SSL_CTX *client_ctx, *server_ctx;
  BIO_METHOD *method;
  SSL *client, *server;
  SSL_SESSION *session; /* to resume; NULL for a full handshake */
} Pair;

static SSL *end_new(SSL_CTX *ctx, BIO_METHOD *method, void *link) {
  SSL *ssl = SSL_new(ctx);
  BIO *bio = BIO_new(method);
  if (!ssl || !bio) fail("out of memory");
  BIO_set_data(bio, link);
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl, bio, bio);
  SSL_set_mtu(ssl, MTU);
  return ssl;
}

static void pair_open(Pair *pair) {
  network_empty();
  pair->client = end_new(pair->client_ctx, pair->method, network_link(CLIENT));
  pair->server = end_new(pair->server_ctx, pair->method, network_link(SERVER));
  SSL_set_connect_state(pair->client);
  SSL_set_accept_state(pair->server);
  if (pair->session && SSL_set_session(pair->client, pair->session) != 1) fail("cannot offer the session");
}

static void step(SSL *ssl, const char *what) {
  int result = SSL_do_handshake(ssl);
  if (result != 1 && SSL_get_error(ssl, result) != SSL_ERROR_WANT_READ) fail(what);
}

static void pair_handshake(Pair *pair) {
  for (int turns = 0; !SSL_is_init_finished(pair->client) || !SSL_is_init_finished(pair->server); turns++) {
    if (turns == 10) fail("the handshake does not end");
    step(pair->client, "the client's handshake failed");
    step(pair->server, "the server's handshake failed");
  }
  if (SSL_session_reused(pair->client) != (pair->session != NULL)) fail("not the handshake that was asked for");
}

static void pair_close(Pair *pair) {
  int closed = SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN; /* or the session would be forgotten */
  SSL_set_shutdown(pair->client, closed);
  SSL_set_shutdown(pair->server, closed);
  SSL_free(pair->client);
  SSL_free(pair->server);
}

static void pair_record(Pair *pair, const char *data, int length) {
  char received[DATAGRAM_MAX];
  if (SSL_write(pair->client, data, length) != length) fail("SSL_write failed");
  if (SSL_read(pair->server, received, sizeof received) != length) fail("SSL_read failed");
}

/* ---- the requests ---- */

static uint64_t now_ns(clockid_t clock) {
  struct timespec time;
  clock_gettime(clock, &time);
  return (uint64_t)time.tv_sec * 1000000000u + time.tv_nsec;
}

typedef struct {
  uint64_t wall, cpu, bytes;
} Start;

static Start start(void) {
  return (Start){ now_ns(CLOCK_MONOTONIC), now_ns(CLOCK_PROCESS_CPUTIME_ID), bytes_sent };
}

static void report(Start from, uint64_t count) {
  printf("{\"count\":%llu,\"wallNs\":%llu,\"cpuNs\":%llu,\"bytes\":%.1f}\n", (unsigned long long)count,
         (unsigned long long)(now_ns(CLOCK_MONOTONIC) - from.wall),
         (unsigned long long)(now_ns(CLOCK_PROCESS_CPUTIME_ID) - from.cpu), (double)(bytes_sent - from.bytes) / count);
}

static void measure_handshakes(Pair *pair, int ms) {
  uint64_t count = 0;
  Start from = start();
  for (uint64_t until = from.wall + ms * 1000000ull; now_ns(CLOCK_MONOTONIC) < until;) {
    for (int i = 0; i < 4; i++, count++) {
      pair_open(pair);
      pair_handshake(pair);
      pair_close(pair);
    }
  }
  report(from, count);
}

static void measure_records(Pair *pair, int size, int ms) {
  char data[1024] = { 0 };
  if (size < 1 || size > (int)sizeof data) fail("records: SIZE is 1 to 1024");
  pair_open(pair);
  pair_handshake(pair);
  uint64_t count = 0;
  Start from = start();
  for (uint64_t until = from.wall + ms * 1000000ull; now_ns(CLOCK_MONOTONIC) < until;)
    for (int i = 0; i < 64; i++, count++) pair_record(pair, data, size);
  report(from, count);
  pair_close(pair);
}

static void facts(Pair *pair) {
  uint64_t bytes = bytes_sent, datagrams = datagrams_sent;
  pair_open(pair);
  pair_handshake(pair);
  printf("{\"version\":\"%s\",\"suite\":\"%s\",\"extendedMasterSecret\":%s,\"bytes\":%llu,\"datagrams\":%llu}\n",
         OpenSSL_version(OPENSSL_VERSION_STRING), SSL_CIPHER_standard_name(SSL_get_current_cipher(pair->client)),
         SSL_get_extms_support(pair->client) == 1 ? "true" : "false",
         (unsigned long long)(bytes_sent - bytes), (unsigned long long)(datagrams_sent - datagrams));
  pair_close(pair);
}

/* ---- memory: what OpenSSL asks malloc for, in usable bytes, for the end that is at work ---- */

enum { SHARED = 2 };

static int at_work = SHARED;
static int64_t held[3], held_peak[3];

static void *counted_realloc(void *old, size_t size, const char *file, int line) {
  (void)file, (void)line;
  held[at_work] -= old ? (int64_t)malloc_usable_size(old) : 0;
  void *block = realloc(old, size);
  held[at_work] += block ? (int64_t)malloc_usable_size(block) : 0;
  if (held[at_work] > held_peak[at_work]) held_peak[at_work] = held[at_work];
  return block;
}

static void *counted_malloc(size_t size, const char *file, int line) {
  return counted_realloc(NULL, size, file, line);
}

static void counted_free(void *block, const char *file, int line) {
  (void)file, (void)line;
  held[at_work] -= block ? (int64_t)malloc_usable_size(block) : 0;
  free(block);
}

static void counted_handshake(Pair *pair) {
  memset(held, 0, sizeof held);
  memset(held_peak, 0, sizeof held_peak);
  at_work = CLIENT;
  pair->client = end_new(pair->client_ctx, pair->method, network_link(CLIENT));
  SSL_set_connect_state(pair->client);
  at_work = SERVER;
  pair->server = end_new(pair->server_ctx, pair->method, network_link(SERVER));
  SSL_set_accept_state(pair->server);
  for (int turn = 0; turn < 4; turn++) {
    at_work = CLIENT;
    step(pair->client, "the client's handshake failed");
    at_work = SERVER;
    step(pair->server, "the server's handshake failed");
  }
  at_work = SHARED;
}

static void memory(Pair *pair) {
  counted_handshake(pair); /* once before: what is loaded once for all is not a connection's */
  pair_close(pair);
  counted_handshake(pair);
  printf("{\"client\":{\"connection\":%lld,\"handshake\":%lld},\"server\":{\"connection\":%lld,\"handshake\":%lld}}\n",
         (long long)held[CLIENT], (long long)(held_peak[CLIENT] - held[CLIENT]), (long long)held[SERVER],
         (long long)(held_peak[SERVER] - held[SERVER]));
  pair_close(pair);
}

/* A pair of contexts of this kind; where it is to resume, with a session. */
static Pair pair_new(int kind, const char *folder) {
  Pair pair = { client_context(kind, folder), server_context(kind, folder), network_bio(), NULL, NULL, NULL };
  if (kind != RESUME_ID && kind != RESUME_TICKET) return pair;
  pair_open(&pair);
  pair_handshake(&pair);
  SSL_SESSION *session = SSL_get1_session(pair.client);
  pair_close(&pair);
  if (SSL_SESSION_has_ticket(session) != (kind == RESUME_TICKET)) fail("not the session that was asked for");
  pair.session = session;
  return pair;
}

int main(int argc, char **argv) {
  int counting = argc == 3 && !strcmp(argv[2], "memory");
  if (argc != 2 && !counting) fail("the arguments are a folder of certificates and maybe `memory`");
  if (counting && CRYPTO_set_mem_functions(counted_malloc, counted_realloc, counted_free) != 1)
    fail("cannot count the memory");
  cookie_start();
  Pair pairs[KINDS];
  for (int kind = 0; kind < KINDS; kind++) pairs[kind] = pair_new(kind, argv[1]);
  setvbuf(stdout, NULL, _IOLBF, 0);
  char line[80], name[80];
  int ms, size, kind;
  while (fgets(line, sizeof line, stdin)) {
    if (sscanf(line, "records %d %d", &size, &ms) == 2) measure_records(&pairs[0], size, ms);
    else if (!strcmp(line, "facts\n")) facts(&pairs[0]);
    else if (!strcmp(line, "memory\n") && counting) memory(&pairs[0]);
    else {
      for (kind = 0; sscanf(line, "%s %d", name, &ms) != 2 || strcmp(name, KIND_NAMES[kind]);)
        if (++kind == KINDS) fail("no such request");
      measure_handshakes(&pairs[kind], ms);
    }
  }
  return 0;
}
