/* XS on this board: how a script is run, what happens when its memory is used up, and when nobody catches an error. */
#include "xsAll.h"
#include "xsScript.h"
#include "board.h"
#include "machine.h"

/* What the interpreter may still use of the C stack when it finds that it has too little. */
#define STACK_MARGIN 4096

enum { EXIT_UNCAUGHT = 1, EXIT_EXHAUSTED = 4 };

extern char stack_limit[];

static int has_jobs;
/* What is thrown when memory or stack are used up: made while there is some. */
static txSlot exhausted;

static void uncaught(txMachine *the) XS_FUNCTION_NORETURN;

/* XS asks once for each: it must not grow. */
static uint64_t chunks[XS_CHUNK_BYTES / 8 + 8];
static txSlot slots[XS_SLOTS], stack[XS_STACK_SLOTS];

void *fxAllocateChunks(txMachine *the, txSize size) { return size <= (txSize)sizeof chunks ? chunks : C_NULL; }
void fxFreeChunks(txMachine *the, void *bytes) {}

/* The stack comes first. */
txSlot *fxAllocateSlots(txMachine *the, txSize count) { return the->stackBottom == C_NULL ? stack : slots; }
void fxFreeSlots(txMachine *the, void *bytes) {}

char *fxCStackLimit(void) { return stack_limit + STACK_MARGIN; }

void fxQueuePromiseJobs(txMachine *the) { has_jobs = 1; }

/* XS ends here where it knows no way on. With nothing left of heap or stack there is one: throw what was made for it. */
void fxAbort(txMachine *the, int status) {
  if (status == XS_UNHANDLED_EXCEPTION_EXIT || status == XS_UNHANDLED_REJECTION_EXIT) uncaught(the);
  if (exhausted.kind == XS_REFERENCE_KIND) {
    mxException.kind = XS_REFERENCE_KIND;
    mxException.value = exhausted.value;
    fxJump(the);
  }
  host_print("The firmware gives JavaScript too little memory to begin.\n");
  host_exit(EXIT_EXHAUSTED);
}

/* JavaScript: exhaustion(error): what to throw when heap or stack are used up. */
void xs_board_exhaustion(txMachine *the) {
  exhausted.kind = mxArgv(0)->kind;
  exhausted.value = mxArgv(0)->value;
  fxRemember(the, &exhausted);
}

/* memory() → a line with what the JavaScript heap has held at most, and holds now */
void xs_board_memory(txMachine *the) {
  char line[128];
  snprintf(line, sizeof line, "chunks %ld of %d bytes, now %ld; slots %ld of %d, now %ld",
           (long)the->peakChunksSize, XS_CHUNK_BYTES, (long)the->currentChunksSize,
           (long)the->peakHeapCount, XS_SLOTS, (long)the->currentHeapCount);
  mxPushStringC(line);
  mxPullSlot(mxResult);
}

void machine_evaluate(void *machine, char *text) {
  txMachine *the = machine;
  txStringCStream stream = { .buffer = text, .offset = 0, .size = c_strlen(text) };
  txSlot *realm = mxProgram.value.reference->next->value.module.realm;
  txScript *script = fxParseScript(the, &stream, fxStringCGetter, mxProgramFlag | mxStrictFlag);
  fxRunScript(the, script, mxRealmGlobal(realm), C_NULL, mxRealmClosures(realm)->value.reference, C_NULL,
              mxProgram.value.reference);
  mxPop();
}

void machine_jobs(void *machine) {
  txMachine *the = machine;
  while (has_jobs) {
    has_jobs = 0;
    fxRunPromiseJobs(the);
  }
  fxEndJob(the);
  fxCheckUnhandledRejections(the, 0);
}

static void print_property(txMachine *the, txSlot *error, char *name) {
  mxPushSlot(error);
  fxGetID(the, fxID(the, name));
  if (!mxIsUndefined(the->stack)) {
    host_print(" ");
    host_print(name);
    host_print(": ");
    host_print(fxToString(the, the->stack));
    host_print("\n");
  }
  mxPop();
}

static void uncaught(txMachine *the) {
  mxTry(the) {
    mxPush(mxException);
    txSlot *error = the->stack;
    mxPushSlot(error);
    host_print("uncaught ");
    host_print(fxToString(the, the->stack));
    host_print("\n");
    if (error->kind == XS_REFERENCE_KIND) {
      print_property(the, error, "code");
      print_property(the, error, "hint");
      print_property(the, error, "stack");
    }
  }
  mxCatch(the) {}
  host_exit(EXIT_UNCAUGHT);
}
