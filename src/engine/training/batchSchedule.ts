import { StudioError } from "../../domain/errors.ts";
import { at, entry } from "../../domain/present.ts";
import { mulberry32, shuffle } from "../../domain/random.ts";
import type { Hyperparameters } from "../../domain/training/types.ts";
import type { TokenizedExamples, TokenizedRow } from "./examples.ts";

/** One optimizer step: which rows it sees, in the chunks that are embedded together. */
export interface StepBatch {
  /** 0-based */
  epoch: number;
  /** Row indices; their concatenation is the batch. */
  chunks: number[][];
}

/** A whole run, fixed before it starts, so that a resumed run is the same run. */
export interface BatchSchedule {
  steps: StepBatch[];
  warmupSteps: number;
  /** Tokens of the largest chunk: the one tensor shape of the run. */
  capacity: number;
  /** Pairs and real tokens of all steps. */
  pairs: number;
  tokens: number;
}

type ScheduleSettings = Pick<
  Hyperparameters,
  "epochs" | "batchSize" | "chunkSize" | "seed" | "shuffle" | "warmupRatio"
>;

/** Capacities are multiples of this, a common tile height. */
const CAPACITY_STEP = 64;

/**
 * Lays out all batches of a run. With `shuffle`, each epoch is a seeded permutation cut into batches without a repeated
 * text (sentence-transformers' NO_DUPLICATES sampler) and of about equal size; without it, batches follow the file.
 *
 * @throws StudioError `dataset-too-small` when no batch has a document that could be a negative
 */
export const scheduleBatches = (examples: TokenizedExamples, settings: ScheduleSettings): BatchSchedule => {
  const { rows } = examples;
  const tokensOf = rowTokens(examples);
  const random = mulberry32(settings.seed);
  const steps: StepBatch[] = [];
  for (let epoch = 0; epoch < settings.epochs; epoch++) {
    const order = rows.map((_, index) => index);
    const batches = settings.shuffle
      ? levelled(batchesWithoutDuplicates(shuffle(order, random), examples, settings.batchSize), examples)
      : inOrder(order, settings.batchSize);
    const useful = settings.shuffle ? batches.filter((batch) => hasNegatives(batch, rows)) : batches;
    steps.push(...useful.map((batch) => ({ epoch, chunks: balancedChunks(batch, settings.chunkSize, tokensOf) })));
  }
  if (!steps.some(({ chunks }) => hasNegatives(chunks.flat(), rows)))
    throw new StudioError(
      "dataset-too-small",
      "No batch holds two different pairs, so there is nothing to tell a right document from.",
      "Add pairs with other queries and documents, or give hard negatives.",
    );
  const chunks = steps.flatMap((step) => step.chunks);
  const chunkTokens = chunks.map((chunk) => chunk.reduce((sum, index) => sum + tokensOf(index), 0));
  return {
    steps,
    warmupSteps: Math.round(settings.warmupRatio * steps.length),
    capacity: capacityOf(chunkTokens),
    pairs: chunks.reduce((sum, chunk) => sum + chunk.length, 0),
    tokens: chunkTokens.reduce((sum, tokens) => sum + tokens, 0),
  };
};

/** The same steps in chunks of half as many pairs; null when each is a single pair already. */
export const halvedChunks = (schedule: BatchSchedule, examples: TokenizedExamples): BatchSchedule | null => {
  const largest = largestChunk(schedule);
  if (largest === 1) return null;
  const tokensOf = rowTokens(examples);
  const size = Math.ceil(largest / 2);
  const steps = schedule.steps.map(({ epoch, chunks }) => ({
    epoch,
    chunks: chunks.flatMap((chunk) => balancedChunks(chunk, size, tokensOf)),
  }));
  const tokens = steps.flatMap(({ chunks }) => chunks.map((rows) => rows.reduce((sum, row) => sum + tokensOf(row), 0)));
  return { ...schedule, steps, capacity: capacityOf(tokens) };
};

/** Pairs of the largest chunk. */
export const largestChunk = ({ steps }: Pick<BatchSchedule, "steps">): number =>
  steps.reduce((most, { chunks }) => chunks.reduce((size, chunk) => Math.max(size, chunk.length), most), 0);

const capacityOf = (chunkTokens: readonly number[]): number =>
  Math.ceil(chunkTokens.reduce((most, tokens) => Math.max(most, tokens), 1) / CAPACITY_STEP) * CAPACITY_STEP;

const rowTokens =
  ({ rows, sequences }: TokenizedExamples) =>
  (index: number): number =>
    textsOf(at(rows, index)).reduce((sum, id) => sum + at(sequences, id).length, 0);

/**
 * Whether dev is scored once `done` steps are done: every `every` steps and at the very end; with 0, at the ends of
 * epochs. The first step of a warm-up has rate 0: its weights are the base's, and kept as the best they would be no model.
 */
export const isDevStep = (
  { steps, warmupSteps }: Pick<BatchSchedule, "steps" | "warmupSteps">,
  done: number,
  every: number,
): boolean => {
  if (every === 0) return steps[done]?.epoch !== steps[done - 1]?.epoch;
  return done >= steps.length || (done % every === 0 && !(done === 1 && warmupSteps > 0));
};

/** How often a run without an early stop scores dev, step 0 included. */
export const devScorings = (schedule: Pick<BatchSchedule, "steps" | "warmupSteps">, every: number): number =>
  1 + schedule.steps.filter((_, index) => isDevStep(schedule, index + 1, every)).length;

const textsOf = (row: TokenizedRow): number[] => [row.query, row.positive, ...row.negatives];

const inOrder = (order: number[], size: number): number[][] =>
  Array.from({ length: Math.ceil(order.length / size) }, (_, i) => order.slice(i * size, (i + 1) * size));

const hasNegatives = (batch: number[], rows: readonly TokenizedRow[]): boolean =>
  batch.length > 1 || batch.some((index) => at(rows, index).negatives.length > 0);

/**
 * Fills batch after batch with the first rows whose texts are not in it yet; rows that were passed over come first in the
 * next one. Passing over is bounded by what is left, and every row is used once.
 */
const batchesWithoutDuplicates = (order: number[], { rows, identity }: TokenizedExamples, size: number): number[][] => {
  const batches: number[][] = [];
  let waiting: number[] = [];
  let next = 0;
  while (waiting.length > 0 || next < order.length) {
    const batch: number[] = [];
    const texts = new Set<number>();
    const passed: number[] = [];
    const offer = (index: number): void => {
      const own = textsOf(at(rows, index)).map((id) => at(identity, id));
      if (own.some((id) => texts.has(id))) return void passed.push(index);
      batch.push(index);
      own.forEach((id) => texts.add(id));
    };
    const queue = waiting;
    let taken = 0;
    while (batch.length < size && taken < queue.length) offer(at(queue, taken++));
    while (batch.length < size && next < order.length) offer(at(order, next++));
    waiting = [...passed, ...queue.slice(taken)];
    batches.push(batch);
  }
  return batches;
};

/**
 * Evens the sizes of an epoch's batches, in place: while one is more than a row smaller than another, the last row of the
 * larger that shares no text with it moves over. A rest of four rows would be told from three wrong documents only, and
 * loss and gradient of that step would jump. Batches of equal size stay as they are.
 */
const levelled = (batches: number[][], { rows, identity }: TokenizedExamples): number[][] => {
  const own = (index: number): number[] => textsOf(at(rows, index)).map((id) => at(identity, id));
  const bySize = batches.toSorted((a, b) => a.length - b.length);
  for (const small of bySize) {
    const texts = new Set(small.flatMap(own));
    const giversOf = () =>
      bySize.filter((batch) => batch.length > small.length + 1).sort((a, b) => b.length - a.length);
    for (let givers = giversOf(); givers.length > 0; givers = giversOf()) {
      const moved = givers.some((giver) => {
        const place = giver.findLastIndex((index) => own(index).every((id) => !texts.has(id)));
        if (place < 0) return false;
        const [row] = giver.splice(place, 1) as [number];
        small.push(row);
        own(row).forEach((id) => texts.add(id));
        return true;
      });
      if (!moved) break;
    }
  }
  return batches;
};

/**
 * Cuts a batch into chunks of `size` pairs (the last may have fewer) of about equal token counts: the longest pair goes
 * to the lightest chunk that has room. The loss does not depend on the order of a batch's rows; peak memory does.
 */
const balancedChunks = (batch: number[], size: number, tokensOf: (index: number) => number): number[][] => {
  const count = Math.ceil(batch.length / size);
  if (count === 1) return [batch];
  const chunks = Array.from({ length: count }, (_, i) => ({
    room: i < count - 1 ? size : batch.length - size * (count - 1),
    tokens: 0,
    rows: [] as number[],
  }));
  const weights = new Map(batch.map((index) => [index, tokensOf(index)]));
  for (const index of batch.toSorted((a, b) => entry(weights, b) - entry(weights, a) || a - b)) {
    const lightest = chunks
      .filter(({ room, rows }) => rows.length < room)
      .reduce((best, chunk) => (chunk.tokens < best.tokens ? chunk : best));
    lightest.rows.push(index);
    lightest.tokens += entry(weights, index);
  }
  return chunks.map(({ rows }) => rows);
};
