import type { z } from "zod";

/** Where a value does not have its form, in short: up to five fields, or `whole` for the value itself. */
export const invalidFields = (error: z.ZodError, whole: string): string =>
  [...new Set(error.issues.map((issue) => issue.path.map(String).join(".") || whole))].slice(0, 5).join(", ");
