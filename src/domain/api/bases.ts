import { z } from "zod";

/** `GET /api/bases`: base models in the server's `models/base/`, readable at `/base/{name}/{file}` with ranges. */
export const baseListSchema = z.object({
  bases: z.array(
    z.object({
      name: z.string(),
      bytes: z.int(),
      files: z.array(z.object({ path: z.string(), bytes: z.int() })),
    }),
  ),
});
export type BaseList = z.infer<typeof baseListSchema>;
