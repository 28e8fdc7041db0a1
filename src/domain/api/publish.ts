import { z } from "zod";
import { optional } from "./primitives.ts";

/** `owner/name` of the Hugging Face hub. */
export const hubRepoSchema = z
  .string()
  .max(200)
  .regex(/^\w[\w.-]*\/\w[\w.-]*$/, "must be owner/name, as on the hub");

/** `POST /api/registry/versions/{version}/publish` */
export const publishRequestSchema = z.object({
  repo: hubRepoSchema,
  /** Whether a repository that is made is seen by its owner alone. */
  private: z.boolean().default(true),
  /** Token with write access; without it the server's HF_TOKEN. It is used for this request and kept nowhere. */
  token: optional(z.string().trim().min(1).max(500)),
});
export type PublishRequest = z.input<typeof publishRequestSchema>;

export const publishedSchema = z.object({
  /** The repository's page. */
  url: z.string(),
  /** The commit that was made. */
  commit: z.string(),
  files: z.int().nonnegative(),
});
export type Published = z.infer<typeof publishedSchema>;
