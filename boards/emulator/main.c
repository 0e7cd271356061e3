/*
 * The firmware: an XS machine of fixed size runs the script that the first argument names, then waits for frames and for
 * the time that the script has set, and calls its `turn`. All else is JavaScript (board.js).
 */
#include <stdlib.h>
#include <string.h>
#include "xs.h"
#include "board.h"
#include "machine.h"

enum { EXIT_USAGE = 2 };

#define HOST(name) void name(xsMachine *);
#include "hosts.inc"
#undef HOST

static const struct { const char *name; xsCallback function; } hosts[] = {
#define HOST(name) { #name, name },
#include "hosts.inc"
#undef HOST
};

/* globalThis.host: every function of C's under the name that JavaScript declares it with. */
static void add_hosts(xsMachine *the) {
  xsVars(2);
  xsVar(0) = xsNewObject();
  for (unsigned i = 0; i < sizeof hosts / sizeof hosts[0]; i++) {
    xsVar(1) = xsNewHostFunction(hosts[i].function, 0);
    xsSet(xsVar(0), xsID(hosts[i].name), xsVar(1));
  }
  xsSet(xsGlobal, xsID("host"), xsVar(0));
}

static void usage(const char *problem) {
  host_print(problem);
  host_print("\nusage: arg=SCRIPT[,arg=entropy=host|none|seed:N],arg=WORD …\n");
  host_exit(EXIT_USAGE);
}

/* The script that the first word names, ending with a 0 byte. */
static char *load(void) {
  char name[sizeof arguments] = "";
  memcpy(name, arguments, strcspn(arguments, " "));
  int32_t size = host_size(name);
  if (size < 0) usage("The script cannot be opened.");
  char *script = malloc(size + 1);
  if (script == NULL) usage("The script is too long.");
  script[host_read(name, script, size)] = 0;
  return script;
}

static void choose_entropy(void) {
  char *word = strstr(arguments, " entropy=");
  if (word != NULL && !entropy_choose(word + strlen(" entropy="))) usage("There is no such source of entropy.");
}

static void start(xsMachine *machine, char *script) {
  xsBeginHost(machine);
  {
    add_hosts(the);
    machine_evaluate(the, script);
  }
  xsEndHost(machine);
}

static void turn(xsMachine *machine) {
  xsBeginHost(machine);
  {
    xsCall0(xsGlobal, xsID("turn"));
  }
  xsEndHost(machine);
}

/* Sleeps until a frame is there, or the alarm is due. */
static void wait(void) {
  for (;;) {
    uint64_t until = alarm_at;
    if (frames_wait(&until) || board_ticks() >= alarm_at) return;
    board_mask();
    if (!frames_are_new()) board_sleep(until);
    board_unmask();
  }
}

int main(void) {
  xsCreation creation = {
    .initialChunkSize = XS_CHUNK_BYTES, .initialHeapCount = XS_SLOTS, .stackCount = XS_STACK_SLOTS,
    .initialKeyCount = 2048, .incrementalKeyCount = 64, .nameModulo = 127, .symbolModulo = 127,
    .parserBufferSize = 16 * 1024, .parserTableModulo = 1993,
  };
  host_arguments(arguments, sizeof arguments);
  choose_entropy();
  char *script = load();
  xsMachine *machine = xsCreateMachine(&creation, "board", NULL);
  if (machine == NULL) usage("There is no memory for JavaScript.");
  frames_start();
  start(machine, script);
  free(script);
  for (;;) {
    machine_jobs(machine);
    wait();
    turn(machine);
  }
}
