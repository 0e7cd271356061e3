#ifndef SELFTEST_H
#define SELFTEST_H
#include <stdint.h>

/* Runs every case; returns how many failed. */
int selftest(void);

/* The platform's: instructions since some start, wrapping. */
uint32_t instructions(void);

#endif
