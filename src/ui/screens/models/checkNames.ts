/** The gate's checks in words. */
const NAMES: Record<string, string> = {
  checksums: "Files are intact",
  base: "The server has this base",
  prompt: "Prompts match",
  "enough-queries": "Enough test queries",
  "measured-on": "Measured on real questions",
  "no-regression-baseline": "Not worse than the baseline",
  "no-regression-production": "Not worse than production",
  "keeps-what-it-knew": "Keeps what it knew",
};

export const checkName = (code: string): string => NAMES[code] ?? code;
