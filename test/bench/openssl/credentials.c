#include "credentials.h"

#include "network.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { COOKIE = 16, PATH_SIZE = 4096 };

const char *const KIND_NAMES[KINDS] = { "handshakes", "server-certificate", "mutual-certificate", "resume-id", "resume-ticket" };

static const char SERVER_NAME[] = "server.example";
static const char IDENTITY[] = "dev1";
static const unsigned char KEY[] = "secretPSK";
static const unsigned char ADDRESS[] = { 127, 0, 0, 1, 0x16, 0x34 }; /* what the cookie is bound to */

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

void cookie_start(void) {
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

/* One suite, one curve, one signature scheme; neither session cache nor ticket unless they are what is measured. */
static SSL_CTX *context(const SSL_METHOD *method, int kind) {
  SSL_CTX *ctx = SSL_CTX_new(method);
  const char *suite = kind == PRE_SHARED_KEY ? "PSK-AES128-CCM8:@SECLEVEL=0" : "ECDHE-ECDSA-AES128-CCM8:@SECLEVEL=0";
  if (!ctx || !SSL_CTX_set_min_proto_version(ctx, DTLS1_2_VERSION) || !SSL_CTX_set_max_proto_version(ctx, DTLS1_2_VERSION) ||
      !SSL_CTX_set_cipher_list(ctx, suite) || !SSL_CTX_set1_groups_list(ctx, "P-256") ||
      !SSL_CTX_set1_sigalgs_list(ctx, "ECDSA+SHA256"))
    fail("cannot make a context");
  SSL_CTX_set_session_cache_mode(ctx, kind == RESUME_ID || kind == RESUME_TICKET ? SSL_SESS_CACHE_SERVER : SSL_SESS_CACHE_OFF);
  SSL_CTX_set_options(ctx, (kind == RESUME_TICKET ? 0 : SSL_OP_NO_TICKET) | SSL_OP_NO_QUERY_MTU | SSL_OP_NO_ENCRYPT_THEN_MAC);
  return ctx;
}

/* The certificate and key of this end; the root stays at home. */
static void show(SSL_CTX *ctx, const char *folder, const char *end) {
  char certificate[PATH_SIZE], key[PATH_SIZE];
  snprintf(certificate, sizeof certificate, "%s/%s.pem", folder, end);
  snprintf(key, sizeof key, "%s/%s.key", folder, end);
  if (SSL_CTX_use_certificate_file(ctx, certificate, SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_use_PrivateKey_file(ctx, key, SSL_FILETYPE_PEM) != 1)
    fail("cannot read a certificate and its key");
  SSL_CTX_set_mode(ctx, SSL_MODE_NO_AUTO_CHAIN);
}

/* What the peer must show. */
static void trust(SSL_CTX *ctx, const char *folder) {
  char authority[PATH_SIZE];
  snprintf(authority, sizeof authority, "%s/ca.pem", folder);
  if (SSL_CTX_load_verify_locations(ctx, authority, NULL) != 1) fail("cannot read the authority");
  SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
}

SSL_CTX *client_context(int kind, const char *folder) {
  SSL_CTX *ctx = context(DTLS_client_method(), kind);
  if (kind == PRE_SHARED_KEY) {
    SSL_CTX_set_psk_client_callback(ctx, client_psk);
    return ctx;
  }
  trust(ctx, folder);
  if (!X509_VERIFY_PARAM_set1_host(SSL_CTX_get0_param(ctx), SERVER_NAME, 0)) fail("cannot set the server's name");
  if (kind == MUTUAL_CERTIFICATE) show(ctx, folder, "client");
  return ctx;
}

SSL_CTX *server_context(int kind, const char *folder) {
  SSL_CTX *ctx = context(DTLS_server_method(), kind);
  SSL_CTX_set_options(ctx, SSL_OP_COOKIE_EXCHANGE);
  SSL_CTX_set_cookie_generate_cb(ctx, cookie_generate);
  SSL_CTX_set_cookie_verify_cb(ctx, cookie_verify);
  SSL_CTX_set_session_id_context(ctx, ADDRESS, sizeof ADDRESS);
  if (kind == PRE_SHARED_KEY) SSL_CTX_set_psk_server_callback(ctx, server_psk);
  else show(ctx, folder, "server");
  if (kind == MUTUAL_CERTIFICATE) trust(ctx, folder);
  return ctx;
}
