/**
 * Does work that the first Ctrl-C stops by its signal, so that what was written can be kept; the second ends the process.
 *
 * @param words what the first one says
 */
export const stopOnInterrupt = async <T>(
  work: (signal: AbortSignal) => Promise<T>,
  words = "Stopping; press again to give up.",
): Promise<T> => {
  const stop = new AbortController();
  const interrupt = () => {
    console.error(`\n${words}`);
    stop.abort(new DOMException("Stopped by hand.", "AbortError"));
  };
  process.once("SIGINT", interrupt);
  try {
    return await work(stop.signal);
  } finally {
    process.off("SIGINT", interrupt);
  }
};
