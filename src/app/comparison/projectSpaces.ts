import type { TaskQuery } from "../../domain/evaluation/types.ts";
import { at } from "../../domain/present.ts";
import type { WholeRun } from "../../domain/run/types.ts";
import { spread } from "../../domain/spread.ts";
import type { DataService } from "../../worker/data/protocol.ts";
import type { EngineService } from "../../worker/engine/protocol.ts";
import type { ProjectionMethod, ProjectionService } from "../../worker/projection/protocol.ts";
import { handOver } from "../../worker/rpc.ts";

/** What a projection needs. */
export interface ProjectionPorts {
  engine: Pick<EngineService, "embed">;
  data: Pick<DataService, "documents">;
  project: Project;
}

export type { ProjectionMethod } from "../../worker/projection/protocol.ts";
export type Project = ProjectionService["project"];

/** Both spaces of a run as points; index i is query i, then the chosen documents. */
export interface ProjectedSpaces {
  queries: number[];
  documents: number[];
  /** Of the documents, in their order. */
  texts: string[];
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
  asked: readonly TaskQuery[],
  corpus: number,
  budget = MAX_PROJECTED,
): { queries: number[]; documents: number[] } => {
  const queries = spread(
    asked.map((_, index) => index),
    Math.floor(budget / 3),
  );
  const relevant = [...new Set(queries.flatMap((index) => at(asked, index).relevant))].slice(
    0,
    budget - queries.length,
  );
  const known = new Set(relevant);
  const rest = spread(
    Array.from({ length: corpus }, (_, index) => index).filter((index) => !known.has(index)),
    budget - queries.length - relevant.length,
  );
  return { queries, documents: [...relevant, ...rest].sort((a, b) => a - b) };
};

/** Embeds the chosen texts with baseline and tuned and projects each space. The engine must hold the run's base and adapter. */
export const projectRun = async (
  run: Pick<WholeRun, "id" | "queries" | "test" | "instruction" | "hyperparameters">,
  method: ProjectionMethod,
  { engine, data, project }: ProjectionPorts,
  onStage: (stage: string) => void,
  signal: AbortSignal,
): Promise<ProjectedSpaces> => {
  const { queries, documents } = chooseProjected(run.queries, run.test.documents);
  const texts = await data.documents(run.id, documents);
  const asked = queries.map((index) => at(run.queries, index).text);
  // As the run read them: what is drawn is what was scored, and the baseline's embeddings are kept already.
  const reading = { instruction: run.instruction || null, maxTokens: run.hyperparameters.maxTokens };
  const space = async (which: "baseline" | "tuned") => {
    onStage(`Embedding with the ${which} model`);
    const ask = await engine.embed(asked, "query", which, 1, reading);
    signal.throwIfAborted();
    const found = await engine.embed(texts, "document", which, 1, reading);
    signal.throwIfAborted();
    const embeddings = new Float32Array(ask.data.length + found.data.length);
    embeddings.set(ask.data);
    embeddings.set(found.data, ask.data.length);
    onStage(`Drawing the ${which} space`);
    return project(handOver(embeddings), ask.dim, method, signal);
  };
  return { queries, documents, texts, baseline: await space("baseline"), tuned: await space("tuned") };
};
