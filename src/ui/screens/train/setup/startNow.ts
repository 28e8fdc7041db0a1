/** State of a navigation to Train that starts the run at once, as the button there does. An address alone starts nothing. */
export const START_NOW = { start: true } as const;

export const wantsStart = (state: unknown): boolean =>
  typeof state === "object" && state !== null && "start" in state && state.start === true;
