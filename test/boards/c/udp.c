/* A socket and a clock for the example of boards/c/README.md: run with the port of a server on 127.0.0.1. */
#include <arpa/inet.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

int run_client(const char *identity, const uint8_t *key, int32_t key_length);

static int fd;

void udp_send(const uint8_t *bytes, int32_t length) {
  if (send(fd, bytes, (size_t)length, 0) != length) exit(2);
}

int32_t udp_receive(uint8_t *bytes, int32_t length_max, int32_t wait_ms) {
  struct pollfd one = {.fd = fd, .events = POLLIN};
  if (poll(&one, 1, wait_ms) <= 0) return 0;
  return (int32_t)recv(fd, bytes, (size_t)length_max, 0);
}

int32_t milliseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int32_t)(now.tv_sec * 1000 + now.tv_nsec / 1000000);
}

int main(int count, char **values) {
  if (count != 2) return 2;
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(values[1])), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  fd = socket(AF_INET, SOCK_DGRAM, 0);
  if (connect(fd, (struct sockaddr *)&to, sizeof to) != 0) return 2;
  return run_client("dev1", (const uint8_t *)"secretPSK", 9);
}
