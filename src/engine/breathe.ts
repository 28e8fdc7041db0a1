/** How long work may hold the thread before messages (pause, stop) get a turn. */
const TURN_MS = 50;
let last = 0;

/** Lets the event loop turn when enough time has passed; CPU backends never do it by themselves. */
export const breathe = async (): Promise<void> => {
  if (performance.now() - last < TURN_MS) return;
  await new Promise((resolve) => setTimeout(resolve, 0));
  last = performance.now();
};
