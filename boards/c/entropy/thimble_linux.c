/* Linux: the kernel's generator, which waits until it has been seeded (getrandom(2)). For command-line builds and tests. */
#include <errno.h>
#include <sys/random.h>
#include <sys/types.h>
#include "../thimble.h"

int32_t thimble_entropy(uint8_t *bytes, uint32_t length) {
  uint32_t done = 0;
  while (done < length) {
    ssize_t got = getrandom(bytes + done, length - done, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return 1;
    done += (uint32_t)got;
  }
  return 0;
}
