import type { z } from "zod";
import { fieldWords } from "./fieldWords.ts";

const MOST = 5;

/** Where a value does not have its form and why, for up to five fields; `whole` stands for the value itself. */
export const invalidFields = (error: z.ZodError, whole: string): string => {
  const faults = error.issues.map((issue) => `${issue.path.map(String).join(".") || whole}: ${fieldWords(issue)}`);
  const named = [...new Set(faults)];
  const more = named.length - MOST;
  return named.slice(0, MOST).join("; ") + (more > 0 ? `; and ${more} more` : "");
};
