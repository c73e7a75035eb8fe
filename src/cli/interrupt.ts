/** Aborted by the first Ctrl-C, SIGTERM or SIGHUP, so that a command can end the hosts that it has started; the second one ends it. */
export function abortOnSignal(): AbortSignal {
  const controller = new AbortController();
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.once(name, () => {
      controller.abort();
    });
  }
  return controller.signal;
}
