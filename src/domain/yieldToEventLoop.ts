/** How long work may hold the thread before messages (pause, stop) and drawing get a turn. */
const TURN_MS = 50;
let last = 0;

/**
 * Lets the event loop turn; CPU backends and long loops never do it by themselves.
 *
 * @param heldMs  a call within this time of the last turn does nothing
 */
export const yieldToEventLoop = async (heldMs = TURN_MS): Promise<void> => {
  if (performance.now() - last < heldMs) return;
  await new Promise((resolve) => setTimeout(resolve));
  last = performance.now();
};
