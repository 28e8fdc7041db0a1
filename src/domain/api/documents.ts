import { z } from "zod";
import { metadataSchema } from "./metadata.ts";
import { instantSchema } from "./primitives.ts";

/** `GET /api/documents/{id}`. */
export const documentDetailSchema = z
  .object({
    id: z.string(),
    title: z.string().nullable(),
    source: z.string().nullable(),
    mediaType: z.string(),
    text: z.string(),
    chunks: z.int().nonnegative(),
    ingestedAt: instantSchema,
    metadata: metadataSchema,
  })
  .meta({ id: "Document" });

/** `GET /api/documents?before=&limit=`, newest first. `DELETE /api/documents/{id}` answers 204. */
export const documentListSchema = z.object({
  documents: z.array(
    z.object({
      id: z.string(),
      title: z.string().nullable(),
      source: z.string().nullable(),
      characters: z.int().nonnegative(),
      chunks: z.int().nonnegative(),
      ingestedAt: instantSchema,
      metadata: metadataSchema,
    }),
  ),
  total: z.int().nonnegative(),
  /** Pass as `before` for the next page; null at the end. */
  next: z.string().nullable(),
});
export type DocumentList = z.infer<typeof documentListSchema>;
