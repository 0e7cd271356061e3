/* OpenSSL's DTLS 1.2, both ends in memory and in one thread: a peer of the bench.
 *
 * Reads one request a line from standard input and answers each with one line of JSON:
 *   handshakes MS     full handshakes for MS milliseconds   {"count", "wallNs", "cpuNs"}
 *   records SIZE MS   SIZE bytes sealed by the client and opened by the server, likewise
 *   facts             one handshake, counted                {"bytes", "datagrams", "suite", …}
 *   memory            what each end holds, in bytes         {"client": {"connection", "handshake"}, "server": …};
 *                     needs the argument `memory`, which has OpenSSL's allocations counted and all else slower
 *
 * As in every lane of the bench: TLS_PSK_WITH_AES_128_CCM_8, cookie, extended master secret, one suite
 * offered, a new SSL object an end and handshake, contexts shared, neither session cache nor ticket. */
#include "network.h"

#include <malloc.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { COOKIE = 16 };

static const char IDENTITY[] = "dev1";
static const unsigned char KEY[] = "secretPSK";
static const unsigned char ADDRESS[] = { 127, 0, 0, 1, 0x16, 0x34 }; /* what the cookie is bound to */

/* ---- credentials and contexts ---- */

static unsigned client_psk(SSL *ssl, const char *hint, char *identity, unsigned identity_room,
                           unsigned char *psk, unsigned psk_room) {
  (void)ssl, (void)hint;
  if (identity_room < sizeof IDENTITY || psk_room < sizeof KEY - 1) return 0;
  memcpy(identity, IDENTITY, sizeof IDENTITY);
  memcpy(psk, KEY, sizeof KEY - 1);
  return sizeof KEY - 1;
}

static unsigned server_psk(SSL *ssl, const char *identity, unsigned char *psk, unsigned psk_room) {
  (void)ssl;
  if (strcmp(identity, IDENTITY) || psk_room < sizeof KEY - 1) return 0;
  memcpy(psk, KEY, sizeof KEY - 1);
  return sizeof KEY - 1;
}

static EVP_MAC_CTX *cookie_mac; /* keyed once: the cheapest HMAC that OpenSSL 3 has */

static void cookie_start(void) {
  unsigned char secret[32];
  OSSL_PARAM parameters[] = { OSSL_PARAM_utf8_string("digest", "SHA256", 6), OSSL_PARAM_END };
  EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
  cookie_mac = mac ? EVP_MAC_CTX_new(mac) : NULL;
  EVP_MAC_free(mac);
  if (!cookie_mac) fail("no HMAC");
  if (EVP_Q_digest(NULL, "SHA256", NULL, ADDRESS, sizeof ADDRESS, secret, NULL) != 1 ||
      EVP_MAC_init(cookie_mac, secret, sizeof secret, parameters) != 1)
    fail("cannot key the cookie's HMAC");
}

static int cookie_generate(SSL *ssl, unsigned char *cookie, unsigned *length) {
  unsigned char mac[32];
  size_t mac_length;
  (void)ssl;
  if (EVP_MAC_init(cookie_mac, NULL, 0, NULL) != 1 || EVP_MAC_update(cookie_mac, ADDRESS, sizeof ADDRESS) != 1 ||
      EVP_MAC_final(cookie_mac, mac, &mac_length, sizeof mac) != 1)
    return 0;
  memcpy(cookie, mac, COOKIE);
  *length = COOKIE;
  return 1;
}

static int cookie_verify(SSL *ssl, const unsigned char *cookie, unsigned length) {
  unsigned char expected[COOKIE];
  unsigned expected_length;
  return cookie_generate(ssl, expected, &expected_length) && length == expected_length &&
         CRYPTO_memcmp(cookie, expected, length) == 0;
}

static SSL_CTX *context(const SSL_METHOD *method) {
  SSL_CTX *ctx = SSL_CTX_new(method);
  if (!ctx || !SSL_CTX_set_min_proto_version(ctx, DTLS1_2_VERSION) ||
      !SSL_CTX_set_max_proto_version(ctx, DTLS1_2_VERSION) ||
      !SSL_CTX_set_cipher_list(ctx, "PSK-AES128-CCM8:@SECLEVEL=0"))
    fail("cannot make a context");
  SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET | SSL_OP_NO_QUERY_MTU | SSL_OP_NO_ENCRYPT_THEN_MAC);
  return ctx;
}

static SSL_CTX *client_context(void) {
  SSL_CTX *ctx = context(DTLS_client_method());
  SSL_CTX_set_psk_client_callback(ctx, client_psk);
  return ctx;
}

static SSL_CTX *server_context(void) {
  SSL_CTX *ctx = context(DTLS_server_method());
  SSL_CTX_set_options(ctx, SSL_OP_COOKIE_EXCHANGE);
  SSL_CTX_set_cookie_generate_cb(ctx, cookie_generate);
  SSL_CTX_set_cookie_verify_cb(ctx, cookie_verify);
  SSL_CTX_set_psk_server_callback(ctx, server_psk);
  return ctx;
}

/* ---- a handshake ---- */

typedef struct {
  SSL_CTX *client_ctx, *server_ctx;
  BIO_METHOD *method;
  SSL *client, *server;
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
}

static void pair_close(Pair *pair) {
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
  uint64_t wall, cpu;
} Start;

static Start start(void) {
  return (Start){ now_ns(CLOCK_MONOTONIC), now_ns(CLOCK_PROCESS_CPUTIME_ID) };
}

static void report(Start from, uint64_t count) {
  printf("{\"count\":%llu,\"wallNs\":%llu,\"cpuNs\":%llu}\n", (unsigned long long)count,
         (unsigned long long)(now_ns(CLOCK_MONOTONIC) - from.wall),
         (unsigned long long)(now_ns(CLOCK_PROCESS_CPUTIME_ID) - from.cpu));
}

static void measure_handshakes(Pair *pair, int ms) {
  uint64_t count = 0;
  Start from = start();
  for (uint64_t until = from.wall + ms * 1000000ull; now_ns(CLOCK_MONOTONIC) < until;) {
    for (int i = 0; i < 16; i++, count++) {
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

int main(int argc, char **argv) {
  int counting = argc == 2 && !strcmp(argv[1], "memory");
  if (argc > 1 && !counting) fail("the one argument is `memory`");
  if (counting && CRYPTO_set_mem_functions(counted_malloc, counted_realloc, counted_free) != 1)
    fail("cannot count the memory");
  cookie_start();
  Pair pair = { client_context(), server_context(), network_bio(), NULL, NULL };
  setvbuf(stdout, NULL, _IOLBF, 0);
  char line[80];
  int ms, size;
  while (fgets(line, sizeof line, stdin)) {
    if (sscanf(line, "handshakes %d", &ms) == 1) measure_handshakes(&pair, ms);
    else if (sscanf(line, "records %d %d", &size, &ms) == 2) measure_records(&pair, size, ms);
    else if (!strcmp(line, "facts\n")) facts(&pair);
    else if (!strcmp(line, "memory\n") && counting) memory(&pair);
    else fail("no such request");
  }
  return 0;
}
