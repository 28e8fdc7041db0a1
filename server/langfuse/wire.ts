import { z } from "zod";
import type { TraceItem, TraceScore } from "../../src/domain/langfuse/types.ts";

/** Langfuse's answers, as much of them as is read here, in the forms of both generations. */

const id = z.string().min(1);
const instant = z.string().refine((text) => !Number.isNaN(Date.parse(text)), "must be a moment");
/** Of the forms that count pages. */
const pages = z.object({ totalPages: z.number() });
/** Of the forms that give a cursor. */
const cursor = z.object({ cursor: z.string().nullish() });

const observation = z
  .object({
    id,
    traceId: z.string().nullish(),
    startTime: instant,
    input: z.unknown(),
    output: z.unknown(),
    metadata: z.unknown(),
  })
  .transform(({ traceId, startTime, input, output, metadata, ...rest }): TraceItem & { traceId: string | null } => ({
    id: rest.id,
    traceId: traceId ?? null,
    at: startTime,
    parts: { input, output, metadata },
  }));
export type Observation = z.output<typeof observation>;

/** `/api/public/v2/observations` and `/api/public/observations`. */
export const observationsByCursor = z.object({ data: z.array(observation), meta: cursor });
export const observationsByPage = z.object({ data: z.array(observation), meta: pages });

/** A score with its name and type, which tell what its values mean. */
export interface NamedScore extends TraceScore {
  name: string;
  type: string;
}

const value = z.union([z.number(), z.string(), z.boolean()]);

const scoreOfSubject = z
  .object({
    name: z.string(),
    dataType: z.string(),
    value,
    subject: z.object({ kind: z.string(), id }).nullish(),
  })
  .transform(({ name, dataType, value, subject }): NamedScore => {
    const kind = subject?.kind;
    const known = kind === "trace" || kind === "observation";
    return { name, type: dataType, value, subject: known && subject ? { kind, id: subject.id } : null };
  });

const scoreOfIds = z
  .object({
    name: z.string(),
    dataType: z.string().default("NUMERIC"),
    value: z.number().nullish(),
    stringValue: z.string().nullish(),
    traceId: z.string().nullish(),
    observationId: z.string().nullish(),
  })
  .transform(({ name, dataType, value, stringValue, traceId, observationId }): NamedScore => {
    // A category stands beside a number that means nothing; a boolean's number is 0 or 1.
    const said = dataType === "CATEGORICAL" || value == null ? (stringValue ?? value ?? "") : value;
    const subject = observationId
      ? { kind: "observation" as const, id: observationId }
      : traceId
        ? { kind: "trace" as const, id: traceId }
        : null;
    return { name, type: dataType, value: said, subject };
  });

/** `/api/public/v3/scores` and `/api/public/v2/scores`. */
export const scoresByCursor = z.object({ data: z.array(scoreOfSubject), meta: cursor });
export const scoresByPage = z.object({ data: z.array(scoreOfIds), meta: pages });

/** `/api/public/v2/datasets` and `/api/public/datasets`. */
export const datasetsByPage = z.object({
  data: z.array(z.object({ name: z.string(), description: z.string().nullish(), createdAt: instant })),
  meta: pages,
});

const datasetItem = z
  .object({
    id,
    status: z.string().nullish(),
    input: z.unknown(),
    expectedOutput: z.unknown(),
    metadata: z.unknown(),
    createdAt: instant,
  })
  .transform(({ status, input, expectedOutput, metadata, createdAt, ...rest }): TraceItem & { archived: boolean } => ({
    id: rest.id,
    at: createdAt,
    parts: { input, expectedOutput, metadata },
    archived: status === "ARCHIVED",
  }));

/** `/api/public/dataset-items`. */
export const datasetItemsByPage = z.object({ data: z.array(datasetItem), meta: pages });
