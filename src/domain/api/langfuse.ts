import { z } from "zod";
import { instantSchema } from "./primitives.ts";

/** Pairs from Langfuse: what is there to choose from, a look at it, and everything that was judged. */
export const langfusePaths = {
  datasets: "/api/langfuse/datasets",
  scores: "/api/langfuse/scores",
  preview: "/api/langfuse/pairs/preview",
  pairs: "/api/langfuse/pairs",
} as const;

const form = z.enum(["v1", "v2", "v3"]);
/** Which forms of Langfuse's own addresses answered: `observations` in v2 is a server of version 4, in v1 an older one. */
export const answeredSchema = z
  .object({ datasets: form.optional(), observations: form.optional(), scores: form.optional() })
  .meta({ id: "LangfuseAnswered" });
export type LangfuseAnswered = z.infer<typeof answeredSchema>;

/** `GET /api/langfuse/datasets`. */
export const langfuseDatasetsSchema = z.object({
  datasets: z.array(z.object({ name: z.string(), description: z.string().nullable(), createdAt: z.string() })),
  /** Whether there are more than these. */
  more: z.boolean(),
  answered: answeredSchema,
});
export type LangfuseDatasets = z.infer<typeof langfuseDatasetsSchema>;

/** `GET /api/langfuse/scores?from=&to=`: which scores there are, by the newest of them. */
export const langfuseScoresQuerySchema = z.object({ from: instantSchema, to: instantSchema });
export const langfuseScoresSchema = z.object({
  scores: z.array(
    z.object({
      name: z.string(),
      type: z.string(),
      count: z.int().nonnegative(),
      /** Of numbers and booleans; null of categories. */
      min: z.number().nullable(),
      max: z.number().nullable(),
      /** Of categories, the most frequent first. */
      categories: z.array(z.string()),
      /** How many are about retrievals or traces, and so can judge. */
      usable: z.int().nonnegative(),
    }),
  ),
  read: z.int().nonnegative(),
  /** Whether there are older ones that were not looked at. */
  more: z.boolean(),
  answered: answeredSchema,
});
export type LangfuseScores = z.infer<typeof langfuseScoresSchema>;

const name = z.string().min(1).max(500);
const rule = z.string().max(200);
export const langfuseSourceSchema = z
  .discriminatedUnion("kind", [
    z.object({ kind: z.literal("dataset"), name }),
    z.object({ kind: z.literal("score"), name, good: rule, bad: rule, from: instantSchema, to: instantSchema }),
  ])
  .refine((source) => source.kind === "dataset" || Date.parse(source.from) < Date.parse(source.to), {
    message: "must end after it begins",
    path: ["to"],
  });

const pathSchema = z.tuple([z.enum(["input", "output", "expectedOutput", "metadata"])], z.string().max(200));
const langfuseMappingSchema = z.object({
  question: pathSchema,
  documents: pathSchema,
  negatives: pathSchema.nullable(),
  first: z.int().min(1).max(1000).nullable(),
});

/** `POST /api/langfuse/pairs/preview`. Without a mapping the likeliest is used. */
export const langfusePreviewRequestSchema = z.object({
  source: langfuseSourceSchema,
  mapping: langfuseMappingSchema.nullish(),
});

const fieldSchema = z.object({ path: pathSchema, found: z.int(), example: z.string(), mean: z.number() });
export const langfusePreviewSchema = z.object({
  fields: z.object({ items: z.int(), questions: z.array(fieldSchema), documents: z.array(fieldSchema) }),
  /** Null when no place holds a question, or none documents. */
  mapping: langfuseMappingSchema.nullable(),
  rows: z.array(
    z.object({
      at: z.string(),
      query: z.string(),
      documents: z.array(z.string()),
      negatives: z.array(z.string()),
      verdicts: z.array(z.enum(["good", "bad"])),
    }),
  ),
  looked: z.object({
    /** Retrievals or items. */
    read: z.int(),
    judged: z.int(),
    unmapped: z.int(),
    /** Whether all there is was looked at. */
    whole: z.boolean(),
  }),
  answered: answeredSchema,
});
export type LangfusePreview = z.infer<typeof langfusePreviewSchema>;

const positionSchema = z.object({ from: z.string().max(40).nullable(), place: z.string().max(2000).nullable() });
export type LangfusePosition = z.infer<typeof positionSchema>;

/** `POST /api/langfuse/pairs`. `position` of an earlier answer goes on from there. */
export const langfusePairsRequestSchema = z.object({
  source: langfuseSourceSchema,
  mapping: langfuseMappingSchema,
  position: positionSchema.nullish(),
});
export type LangfusePairsRequest = z.input<typeof langfusePairsRequestSchema>;

/** A line of the answer (`application/x-ndjson`), as it is read. The last is `end`, or `problem` with where to go on. */
export const langfuseLineSchema = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("scores"),
    read: z.int(),
    good: z.int(),
    bad: z.int(),
    neither: z.int(),
    elsewhere: z.int(),
  }),
  z.object({
    type: z.literal("page"),
    judged: z.array(
      z.object({
        id: z.string(),
        at: z.string(),
        query: z.string(),
        documents: z.array(z.string()),
        negatives: z.array(z.string()),
        verdicts: z.array(z.enum(["good", "bad"])),
      }),
    ),
    read: z.int(),
    unjudged: z.int(),
    unmapped: z.int(),
    archived: z.int(),
    share: z.number().nullable(),
    next: positionSchema.nullable(),
  }),
  z.object({ type: z.literal("end"), answered: answeredSchema }),
  z.object({
    type: z.literal("problem"),
    problem: z.object({ code: z.string(), message: z.string(), hint: z.string() }),
  }),
]);
export type LangfuseLine = z.infer<typeof langfuseLineSchema>;
