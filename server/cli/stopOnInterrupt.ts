/** Aborts at the first Ctrl-C, so that what was written can be kept; the second ends the process. */
export const stopOnInterrupt = (): AbortSignal => {
  const stop = new AbortController();
  process.once("SIGINT", () => {
    console.error("\nStopping; press again to give up.");
    stop.abort(new DOMException("Stopped by hand.", "AbortError"));
  });
  return stop.signal;
};
