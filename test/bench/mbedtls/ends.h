/* A DTLS client and a DTLS server of mbedTLS, each with a queue of datagrams: what of the module is not measuring. */
#ifndef BENCH_ENDS_H
#define BENCH_ENDS_H

#include <stdint.h>

enum { CLIENT = 0, SERVER = 1 };

/* Makes the two configurations, once. 0, or mbedTLS's error. */
int setup(void);
/* A new connection object for that end. 0, or mbedTLS's error. */
int open_end(int end);
/* As far as its datagrams reach. 0 when the handshake is over, 1 when it waits for the peer, or mbedTLS's error. */
int handshake(int end);
/* Seals `length` bytes at `data`; opens the next record into `data`. The length, or mbedTLS's error. */
int send_data(int end, const unsigned char *data, int length);
int receive_data(int end, unsigned char *data, int room);
/* Frees the connection object. */
void close_end(int end);

#endif
