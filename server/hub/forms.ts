import { z } from "zod";

/** The hub's answers, as `/docs` describes them: the fields that its clients read. */
const entrySchema = z.looseObject({
  type: z.enum(["file", "directory"]),
  oid: z.string(),
  size: z.int(),
  path: z.string(),
});

export const hubForms = {
  repository: z.looseObject({
    id: z.string(),
    sha: z.string(),
    lastModified: z.string(),
    tags: z.array(z.string()),
    siblings: z.array(z.looseObject({ rfilename: z.string(), size: z.int() })),
  }),
  refs: z.looseObject({
    branches: z.array(z.looseObject({ name: z.string(), ref: z.string(), targetCommit: z.string() })),
    tags: z.array(z.looseObject({ name: z.string(), ref: z.string(), targetCommit: z.string() })),
  }),
  commits: z.array(z.looseObject({ id: z.string(), title: z.string(), date: z.string() })),
  entries: z.array(entrySchema),
  refusal: z.object({ error: z.string() }),
} as const;
