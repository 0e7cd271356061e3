#include "ends.h"

#include <malloc.h>
#include <mbedtls/platform.h>
#include <mbedtls/ssl.h>
#include <mbedtls/ssl_cookie.h>
#include <stdlib.h>
#include <string.h>

#define EXPORT __attribute__((used, visibility("default")))

enum { DATAGRAM_MAX = 1500, QUEUE_MAX = 8, MTU = 1200 };

static const unsigned char IDENTITY[] = "dev1", KEY[] = "secretPSK";
static const unsigned char ADDRESS[] = { 127, 0, 0, 1, 0x16, 0x34 }; /* what the cookie is bound to */

/* The host's random source: 0 when filled. Thimble's own module imports the very same function. */
__attribute__((import_module("host"), import_name("random"))) int host_random(unsigned char *data, int length);

/* ---- the heap, counted for the end that is at work; SHARED holds what both configurations need ---- */

enum { SHARED = 2 };

static int at_work = SHARED, held[3], held_peak[3];

void *bench_calloc(size_t count, size_t size) {
  void *block = calloc(count, size);
  if (block) held[at_work] += malloc_usable_size(block);
  if (held[at_work] > held_peak[at_work]) held_peak[at_work] = held[at_work];
  return block;
}

void bench_free(void *block) {
  if (block) held[at_work] -= malloc_usable_size(block);
  free(block);
}

/* ---- the network: one queue of datagrams an end ---- */

typedef struct {
  int first, count;
  int length[QUEUE_MAX];
  unsigned char datagram[QUEUE_MAX][DATAGRAM_MAX];
} Queue;

static Queue queues[2]; /* by the end that reads */
static int bytes_sent, datagrams_sent;

static int queue_send(void *end, const unsigned char *data, size_t length) {
  Queue *out = &queues[1 - (intptr_t)end];
  if (length > DATAGRAM_MAX || out->count == QUEUE_MAX) return MBEDTLS_ERR_SSL_INTERNAL_ERROR;
  int at = (out->first + out->count++) % QUEUE_MAX;
  memcpy(out->datagram[at], data, length);
  out->length[at] = length;
  bytes_sent += length;
  datagrams_sent++;
  return length;
}

static int queue_receive(void *end, unsigned char *data, size_t room) {
  Queue *in = &queues[(intptr_t)end];
  if (!in->count) return MBEDTLS_ERR_SSL_WANT_READ;
  size_t length = in->length[in->first];
  if (length > room) length = room;
  memcpy(data, in->datagram[in->first], length);
  in->first = (in->first + 1) % QUEUE_MAX;
  in->count--;
  return length;
}

/* ---- configurations, shared by every connection ---- */

static mbedtls_ssl_config configs[2];
static mbedtls_ssl_cookie_ctx cookies;
static mbedtls_ssl_context ends[2];

static int random_bytes(void *unused, unsigned char *data, size_t length) {
  (void)unused;
  return host_random(data, length);
}

/* Nothing is lost here, so no timer ever ends. */
static void timer_set(void *unused, uint32_t intermediate, uint32_t final) { (void)unused, (void)intermediate, (void)final; }
static int timer_get(void *unused) { (void)unused; return 0; }

static int configure(int end) {
  static const int suites[] = { MBEDTLS_TLS_PSK_WITH_AES_128_CCM_8, 0 };
  mbedtls_ssl_config *config = &configs[end];
  mbedtls_ssl_config_init(config);
  int error = mbedtls_ssl_config_defaults(config, end == CLIENT ? MBEDTLS_SSL_IS_CLIENT : MBEDTLS_SSL_IS_SERVER,
                                          MBEDTLS_SSL_TRANSPORT_DATAGRAM, MBEDTLS_SSL_PRESET_DEFAULT);
  if (error) return error;
  mbedtls_ssl_conf_rng(config, random_bytes, NULL);
  mbedtls_ssl_conf_ciphersuites(config, suites);
  mbedtls_ssl_conf_extended_master_secret(config, MBEDTLS_SSL_EXTENDED_MS_ENABLED);
  return mbedtls_ssl_conf_psk(config, KEY, sizeof KEY - 1, IDENTITY, sizeof IDENTITY - 1);
}

EXPORT int setup(void) {
  int error = configure(CLIENT);
  if (!error) error = configure(SERVER);
  mbedtls_ssl_cookie_init(&cookies);
  if (!error) error = mbedtls_ssl_cookie_setup(&cookies, random_bytes, NULL);
  mbedtls_ssl_conf_dtls_cookies(&configs[SERVER], mbedtls_ssl_cookie_write, mbedtls_ssl_cookie_check, &cookies);
  return error;
}

/* ---- the two ends ---- */

EXPORT int open_end(int end) {
  mbedtls_ssl_context *ssl = &ends[end];
  queues[end].count = 0;
  at_work = end;
  held_peak[end] = held[end];
  mbedtls_ssl_init(ssl);
  int error = mbedtls_ssl_setup(ssl, &configs[end]);
  if (error) return error;
  mbedtls_ssl_set_bio(ssl, (void *)(intptr_t)end, queue_send, queue_receive, NULL);
  mbedtls_ssl_set_timer_cb(ssl, NULL, timer_set, timer_get);
  mbedtls_ssl_set_mtu(ssl, MTU);
  return end == SERVER ? mbedtls_ssl_set_client_transport_id(ssl, ADDRESS, sizeof ADDRESS) : 0;
}

EXPORT int handshake(int end) {
  at_work = end;
  int result = mbedtls_ssl_handshake(&ends[end]);
  if (result == MBEDTLS_ERR_SSL_HELLO_VERIFY_REQUIRED) { /* the cookie is out; the server begins anew, as it must */
    mbedtls_ssl_session_reset(&ends[end]);
    result = mbedtls_ssl_set_client_transport_id(&ends[end], ADDRESS, sizeof ADDRESS);
    return result ? result : 1;
  }
  return result == MBEDTLS_ERR_SSL_WANT_READ ? 1 : result;
}

EXPORT int send_data(int end, const unsigned char *data, int length) {
  return mbedtls_ssl_write(&ends[end], data, length);
}

EXPORT int receive_data(int end, unsigned char *data, int room) {
  return mbedtls_ssl_read(&ends[end], data, room);
}

EXPORT void close_end(int end) {
  at_work = end;
  mbedtls_ssl_free(&ends[end]);
}

/* ---- what the host looks at ---- */

EXPORT int sent_bytes(void) { return bytes_sent; }
EXPORT int sent_datagrams(void) { return datagrams_sent; }
/* Bytes that a connection object holds now, itself included, and the most it held since it was opened. */
EXPORT int end_now(int end) { return sizeof ends[end] + held[end]; }
EXPORT int end_most(int end) { return sizeof ends[end] + held_peak[end]; }
