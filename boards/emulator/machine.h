/* What the firmware does with the XS machine beyond XS's public interface. `machine`: a txMachine or xsMachine, which are one
 * thing under two names. */
#ifndef EMULATOR_MACHINE_H
#define EMULATOR_MACHINE_H

/* Runs a script, which ends with a 0 byte. */
void machine_evaluate(void *machine, char *script);
/* To be called after each turn in JavaScript: runs the jobs of promises, lets go of what was used. */
void machine_jobs(void *machine);

#endif
