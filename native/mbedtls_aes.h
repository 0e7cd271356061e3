/* Goes before mbedTLS's aes.c (-include). A block's state is wiped there by a call for every block; seen as a plain
 * memset, the compiler keeps that state in WebAssembly locals from start to end, so no memory holds it and there is
 * nothing to wipe. A test paints the stack to see that it stays so. The key schedule is ccm.c's and gcm.c's to wipe. */
#include "mbedtls/platform_util.h"
#include <string.h>
#define mbedtls_platform_zeroize(data, length) memset(data, 0, length)
