/* What the two ends of a pair prove themselves with. */
#ifndef BENCH_CREDENTIALS_H
#define BENCH_CREDENTIALS_H

#include <openssl/ssl.h>

enum { PRE_SHARED_KEY, SERVER_CERTIFICATE, MUTUAL_CERTIFICATE, RESUME_ID, RESUME_TICKET, KINDS };

/* As the requests are called, by kind; the first one is `handshakes`. */
extern const char *const KIND_NAMES[KINDS];

/* Once, before the contexts. */
void cookie_start(void);
/* New contexts of a kind. `folder` has ca.pem, server.pem, server.key, client.pem, client.key. */
SSL_CTX *client_context(int kind, const char *folder);
SSL_CTX *server_context(int kind, const char *folder);

#endif
