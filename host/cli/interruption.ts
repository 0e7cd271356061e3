/** Cleaning up may take so long, milliseconds. */
const CLEANUP_MS = 5_000;

/**
 * Aborts at the first Ctrl-C or SIGTERM, and when whoever read our output has gone away: the command then cleans up and
 * returns. A second Ctrl-C, or a clean-up that hangs, ends the process.
 */
export function interruption(): AbortSignal {
  const controller = new AbortController();
  const interrupt = () => {
    if (controller.signal.aborted) process.exit(1);
    controller.abort();
    setTimeout(() => process.exit(1), CLEANUP_MS).unref();
  };
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
  for (const stream of [process.stdout, process.stderr]) {
    // EPIPE, as in `thimble … | head -1`: no error of ours, and nobody is left to tell.
    stream.on('error', () => controller.abort());
  }
  return controller.signal;
}

/** Resolves when the signal aborts; `undefined`, so that it can race with a result. */
export function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    else signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
}
