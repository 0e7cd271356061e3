/* Handshakes and records in loops inside the module, so that mbedTLS pays for no call from JavaScript. */
#include "ends.h"

#define EXPORT __attribute__((used, visibility("default")))

static int pair_handshake(void) {
  int client = open_end(CLIENT), server = open_end(SERVER);
  if (client | server) return client ? client : server;
  for (int turn = 0; turn < 10; turn++) {
    client = handshake(CLIENT);
    if (client < 0) return client;
    server = handshake(SERVER);
    if (server < 0) return server;
    if (client == 0 && server == 0) return 0;
  }
  return 1;
}

/* `count` full handshakes, each with new connection objects. 0, or what went wrong. */
EXPORT int handshakes(int count) {
  while (count--) {
    int error = pair_handshake();
    close_end(CLIENT);
    close_end(SERVER);
    if (error) return error;
  }
  return 0;
}

/* Begins a connection for `records`, and ends it. */
EXPORT int records_start(void) { return pair_handshake(); }
EXPORT void records_end(void) {
  close_end(CLIENT);
  close_end(SERVER);
}

/* `count` records of `size` bytes, sealed by the client and opened by the server. 0, or what went wrong. */
EXPORT int records(int size, int count) {
  static unsigned char data[1024], received[1024];
  while (count--) {
    int sent = send_data(CLIENT, data, size);
    if (sent != size) return sent < 0 ? sent : 1;
    int got = receive_data(SERVER, received, sizeof received);
    if (got != size) return got < 0 ? got : 1;
  }
  return 0;
}
