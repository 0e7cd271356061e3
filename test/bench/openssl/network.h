/* A network of two queues of datagrams, and BIOs that read from one and write to the other. */
#ifndef BENCH_NETWORK_H
#define BENCH_NETWORK_H

#include <openssl/bio.h>
#include <stdint.h>

enum { CLIENT = 0, SERVER = 1, DATAGRAM_MAX = 1500, MTU = 1200 };

/* Bytes and datagrams sent so far by both ends. */
extern uint64_t bytes_sent, datagrams_sent;

/* Made once for all BIOs; a BIO's data is its end's `network_link`. */
BIO_METHOD *network_bio(void);
void *network_link(int end);
/* Forgets what is under way. */
void network_empty(void);

/* Says what went wrong, with OpenSSL's own words, and ends the program. */
void fail(const char *what);

#endif
