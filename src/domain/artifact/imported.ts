import { z } from "zod";
import { sha256Schema } from "../api/primitives.ts";

/** A data set without its texts. */
export const identitySchema = z.object({
  name: z.string().max(500),
  fingerprint: sha256Schema,
  rows: z.int().nonnegative(),
});

/** What a manifest says of a model that was trained elsewhere. */
export const importedSchema = z.object({
  /** A PEFT adapter, or a complete model whose difference to the base was factored. */
  format: z.enum(["peft", "merged"]),
  /** What wrote it, as far as it says: `peft 0.21.0`. */
  tool: z.string().max(200).nullable(),
  /** The base that its config names. */
  namedBase: z.string().max(500).nullable(),
  /** SHA-256 of the weights as they came. */
  sha256: sha256Schema,
  /** Longest text in tokens that it reads. */
  maxTokens: z.int().min(2),
  /** What was read otherwise than it stood there. */
  notes: z.array(z.string().max(1000)).max(20),
  /** What it was measured on; null when it was not. */
  test: identitySchema.nullable(),
});

/** How a model came in that was trained elsewhere. */
export type Imported = z.infer<typeof importedSchema>;
