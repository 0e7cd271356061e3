/*
 * A Linux program round an app: mcconfig's platform x-cli-lin brings the engine and leaves `main` to the project. Runs the
 * module "main", then timers and sockets, until an exception that nobody caught.
 */
#include <stdio.h>
#include <stdlib.h>
#include <glib.h>
#include "xs.h"
#include "mc.xs.h"

/* What XS calls when it cannot go on: an uncaught exception, no memory, a stack overflow. */
void fxAbort(xsMachine *the, int status) {
  if (xsTypeOf(xsException) == xsReferenceType) fprintf(stderr, "%s\n", xsToString(xsException));
  fprintf(stderr, "XS abort: %s\n", fxAbortString(status));
  exit(1);
}

int main(void) {
  int status = 0;
  setvbuf(stdout, NULL, _IOLBF, 0);
  xsMachine *machine = xsPrepareMachine(NULL, xsPreparation(), "main", NULL, NULL);
  xsBeginHost(machine);
  {
    xsTry {
      xsResult = xsAwaitImport("main", XS_IMPORT_NAMESPACE);
    }
    xsCatch {
      fprintf(stderr, "%s\n", xsToString(xsException));
      status = 1;
    }
  }
  xsEndHost(machine);
  if (status == 0) g_main_loop_run(g_main_loop_new(NULL, FALSE));
  return status;
}
