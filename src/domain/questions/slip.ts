/** Slips that people make at a keyboard; asked for by name, so that the model makes them where they fit. */
const SLIPS = [
  "two neighboring letters exchanged",
  "one letter left out",
  "one letter doubled",
  "a key beside the right one",
  "no capital letters and no punctuation",
] as const;

/** One kind of slip, in words for the prompt. @param draw uniform in [0, 1) */
export const slipOfThePen = (draw: () => number): string => SLIPS[Math.floor(draw() * SLIPS.length)] ?? SLIPS[0];
