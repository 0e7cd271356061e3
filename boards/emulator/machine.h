/* What the firmware does with the XS machine beyond XS's public interface. `machine`: a txMachine or xsMachine, which are
 * one thing under two names. */
#ifndef EMULATOR_MACHINE_H
#define EMULATOR_MACHINE_H

/* The JavaScript heap: bytes for strings, arrays and buffers; slots of 16 bytes for all else; slots of the stack. */
#ifndef XS_CHUNK_BYTES
#define XS_CHUNK_BYTES (160 * 1024)
#endif
#ifndef XS_SLOTS
#define XS_SLOTS 16384
#endif
#define XS_STACK_SLOTS 2048

/* Runs a script, which ends with a 0 byte. */
void machine_evaluate(void *machine, char *script);
/* To be called after each turn in JavaScript: runs the jobs of promises, lets go of what was used. */
void machine_jobs(void *machine);

#endif
