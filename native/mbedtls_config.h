/* What of mbedTLS 3.6 is built, instead of its own mbedtls_config.h. THIMBLE_FAST, THIMBLE_GCM and THIMBLE_P256 come from
 * the build: the boards' modules are built for size, the one for Node for speed; all but psk have AES-GCM and P-256. */
#define MBEDTLS_AES_C
#define MBEDTLS_AES_ROM_TABLES                /* constant tables: nothing to compute or keep in RAM at the start */
#define MBEDTLS_AES_ONLY_128_BIT_KEY_LENGTH
#define MBEDTLS_BLOCK_CIPHER_NO_DECRYPT       /* CCM and GCM only ever encrypt blocks */
#define MBEDTLS_SHA256_C
#define MBEDTLS_PLATFORM_ZEROIZE_ALT          /* wipe() of crypto.h */

#ifdef THIMBLE_GCM
#define MBEDTLS_GCM_C
#endif

#ifdef THIMBLE_P256
#define MBEDTLS_PSA_P256M_DRIVER_ENABLED
#endif

#ifndef THIMBLE_FAST
#define MBEDTLS_AES_SETKEY_ENC_ALT            /* aes128.c: no tables beyond the S-box */
#define MBEDTLS_AES_ENCRYPT_ALT
#define MBEDTLS_SHA256_SMALLER
#endif
