import type { TaskQuery } from "../../domain/evaluation/types.ts";
import { at, present } from "../../domain/present.ts";
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

/** More points hide each other, and UMAP's neighbor search grows with their number. */
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

/** The first picture: enough to see the shape, few enough to be there in seconds on a computer without a graphics card. */
export const FIRST_PROJECTED = 150;

/** Texts embedded at once, so that progress shows and a stop is heard. */
const BATCH = 32;

/** How far a picture is: texts embedded of those it needs, both models together. */
export type OnProjected = (done: number, total: number) => void;

type Which = "baseline" | "tuned";
type ProjectedRun = Pick<WholeRun, "id" | "queries" | "test" | "instruction" | "hyperparameters">;

/** Embeds texts with both models, each once, however many pictures need it. */
const createEmbedder = (run: ProjectedRun, { engine }: Pick<ProjectionPorts, "engine">, signal: AbortSignal) => {
  // As the run read them: what is drawn is what was scored, and the baseline's embeddings are kept already.
  const reading = { instruction: run.instruction || null, maxTokens: run.hyperparameters.maxTokens };
  const kept = new Map<string, Float32Array>();
  const key = (which: Which, kind: "query" | "document", place: number) => `${which} ${kind} ${place}`;
  return {
    missing: (which: Which, kind: "query" | "document", places: readonly number[]) =>
      places.filter((place) => !kept.has(key(which, kind, place))),
    async embed(
      which: Which,
      kind: "query" | "document",
      items: readonly { place: number; text: string }[],
      onEmbedded: (count: number) => void,
    ): Promise<Float32Array[]> {
      const absent = items.filter(({ place }) => !kept.has(key(which, kind, place)));
      for (let from = 0; from < absent.length; from += BATCH) {
        const batch = absent.slice(from, from + BATCH);
        const texts = batch.map(({ text }) => text);
        const { data, dim } = await engine.embed(texts, kind, which, 1, reading);
        signal.throwIfAborted();
        batch.forEach(({ place }, i) => kept.set(key(which, kind, place), data.slice(i * dim, (i + 1) * dim)));
        onEmbedded(batch.length);
      }
      return items.map(({ place }) => present(kept.get(key(which, kind, place)), `embedding ${place}`));
    },
  };
};

/**
 * Embeds the chosen texts with baseline and tuned and projects each space: a picture of a few points first, then of all. The
 * engine must hold the run's base and adapter.
 */
export async function* projectRun(
  run: ProjectedRun,
  method: ProjectionMethod,
  ports: ProjectionPorts,
  onProgress: OnProjected,
  signal: AbortSignal,
): AsyncIterable<{ spaces: ProjectedSpaces; last: boolean }> {
  const embedder = createEmbedder(run, ports, signal);
  const all = chooseProjected(run.queries, run.test.documents);
  const few = chooseProjected(run.queries, run.test.documents, FIRST_PROJECTED);
  const size = ({ queries, documents }: typeof all) => queries.length + documents.length;
  for (const chosen of size(all) > size(few) ? [few, all] : [all]) {
    const { queries, documents } = chosen;
    const texts = await ports.data.documents(run.id, documents);
    const asked = queries.map((place) => ({ place, text: at(run.queries, place).text }));
    const found = documents.map((place, i) => ({ place, text: at(texts, i) }));
    const sides = ["baseline", "tuned"] as const;
    const total = sides.reduce(
      (sum, which) =>
        sum + embedder.missing(which, "query", queries).length + embedder.missing(which, "document", documents).length,
      0,
    );
    let done = 0;
    onProgress(0, total);
    const count = (more: number) => onProgress((done += more), total);
    const space = async (which: Which) => {
      const rows = [
        ...(await embedder.embed(which, "query", asked, count)),
        ...(await embedder.embed(which, "document", found, count)),
      ];
      const dim = rows[0]?.length ?? 0;
      const embeddings = new Float32Array(rows.length * dim);
      rows.forEach((row, i) => embeddings.set(row, i * dim));
      return ports.project(handOver(embeddings), dim, method, signal);
    };
    const spaces = { queries, documents, texts, baseline: await space("baseline"), tuned: await space("tuned") };
    yield { spaces, last: chosen === all };
  }
}
