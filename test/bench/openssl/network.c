#include "network.h"

#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { QUEUE_MAX = 16 };

void fail(const char *what) {
  fprintf(stderr, "openssl: %s\n", what);
  ERR_print_errors_fp(stderr);
  exit(1);
}

typedef struct {
  unsigned first, count;
  int length[QUEUE_MAX];
  unsigned char datagram[QUEUE_MAX][DATAGRAM_MAX];
} Queue;

typedef struct {
  Queue *in, *out;
} Link;

static Queue queues[2]; /* by the end that reads */
static Link links[2] = { { &queues[CLIENT], &queues[SERVER] }, { &queues[SERVER], &queues[CLIENT] } };
uint64_t bytes_sent, datagrams_sent;

static int link_write(BIO *bio, const char *data, int length) {
  Queue *out = ((Link *)BIO_get_data(bio))->out;
  if (length > DATAGRAM_MAX || out->count == QUEUE_MAX) fail("a datagram does not fit the queue");
  unsigned at = (out->first + out->count++) % QUEUE_MAX;
  memcpy(out->datagram[at], data, length);
  out->length[at] = length;
  bytes_sent += length;
  datagrams_sent++;
  return length;
}

static int link_read(BIO *bio, char *data, int room) {
  Queue *in = ((Link *)BIO_get_data(bio))->in;
  BIO_clear_retry_flags(bio);
  if (in->count == 0) {
    BIO_set_retry_read(bio);
    return -1;
  }
  int length = in->length[in->first] < room ? in->length[in->first] : room;
  memcpy(data, in->datagram[in->first], length);
  in->first = (in->first + 1) % QUEUE_MAX;
  in->count--;
  return length;
}

static long link_ctrl(BIO *bio, int command, long number, void *pointer) {
  (void)bio, (void)number, (void)pointer;
  switch (command) {
    case BIO_CTRL_FLUSH:
    case BIO_CTRL_DGRAM_SET_NEXT_TIMEOUT:
      return 1;
    case BIO_CTRL_DGRAM_QUERY_MTU:
    case BIO_CTRL_DGRAM_GET_FALLBACK_MTU:
      return MTU;
    default:
      return 0;
  }
}

BIO_METHOD *network_bio(void) {
  BIO_METHOD *method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "datagrams");
  if (!method || !BIO_meth_set_write(method, link_write) || !BIO_meth_set_read(method, link_read) ||
      !BIO_meth_set_ctrl(method, link_ctrl))
    fail("cannot make a BIO method");
  return method;
}

void *network_link(int end) { return &links[end]; }

void network_empty(void) { queues[CLIENT].count = queues[SERVER].count = 0; }
