import { at } from "../../domain/present.ts";
import type { WholeRun } from "../../domain/run/types.ts";
import type { EngineService } from "../../worker/engine/protocol.ts";
import type { ProjectionMethod, ProjectionService } from "../../worker/projection/protocol.ts";
import { handOver } from "../../worker/rpc.ts";

/** What of the engine a projection needs. */
export type ProjectionEngine = Pick<EngineService, "embed" | "loadAdapter">;

export type { ProjectionMethod } from "../../worker/projection/protocol.ts";
export type Project = ProjectionService["project"];

/** Both spaces of a run as points; index i is query i, then the chosen documents. */
export interface ProjectedSpaces {
  queries: number[];
  documents: number[];
  baseline: Float32Array;
  tuned: Float32Array;
}

/** More points hide each other, and UMAP's neighbour search grows with their number. */
export const MAX_PROJECTED = 1200;

/**
 * Which texts are drawn: all queries up to a third of the budget (evenly spread when there are more), their relevant
 * documents, then an even spread of the rest of the corpus. Deterministic, so that a link shows the same picture.
 */
export const chooseProjected = (
  task: WholeRun["task"],
  budget = MAX_PROJECTED,
): { queries: number[]; documents: number[] } => {
  const queries = spread(
    task.queries.map((_, index) => index),
    Math.floor(budget / 3),
  );
  const relevant = [...new Set(queries.flatMap((index) => at(task.queries, index).relevant))].slice(
    0,
    budget - queries.length,
  );
  const known = new Set(relevant);
  const rest = spread(
    task.corpus.map((_, index) => index).filter((index) => !known.has(index)),
    budget - queries.length - relevant.length,
  );
  return { queries, documents: [...relevant, ...rest].sort((a, b) => a - b) };
};

const spread = (items: number[], count: number): number[] =>
  items.length <= count
    ? items
    : Array.from({ length: count }, (_, i) => at(items, Math.floor((i * items.length) / count)));

/** Embeds the chosen texts with baseline and tuned and projects each space. The engine must hold the run's base and adapter. */
export const projectRun = async (
  run: Pick<WholeRun, "task" | "instruction" | "hyperparameters">,
  method: ProjectionMethod,
  engine: Pick<EngineService, "embed">,
  project: Project,
  onStage: (stage: string) => void,
  signal: AbortSignal,
): Promise<ProjectedSpaces> => {
  const { queries, documents } = chooseProjected(run.task);
  const texts = {
    query: queries.map((i) => at(run.task.queries, i).text),
    document: documents.map((i) => at(run.task.corpus, i)),
  };
  // As the run read them: what is drawn is what was scored, and the baseline's embeddings are kept already.
  const reading = { instruction: run.instruction || null, maxTokens: run.hyperparameters.maxTokens };
  const space = async (which: "baseline" | "tuned") => {
    onStage(`Embedding with the ${which} model`);
    const ask = await engine.embed(texts.query, "query", which, 1, reading);
    signal.throwIfAborted();
    const found = await engine.embed(texts.document, "document", which, 1, reading);
    signal.throwIfAborted();
    const data = new Float32Array(ask.data.length + found.data.length);
    data.set(ask.data);
    data.set(found.data, ask.data.length);
    onStage(`Drawing the ${which} space`);
    return project(handOver(data), ask.dim, method, signal);
  };
  return { queries, documents, baseline: await space("baseline"), tuned: await space("tuned") };
};
