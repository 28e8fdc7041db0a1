import {
  asFloat16,
  asInt8,
  type ByteCurve,
  byteCurve,
  evaluateRankings,
  type FormScore,
  matryoshkaDims,
  rankBinary,
  type RankInput,
  type Rankings,
  truncateAndNormalize,
  VECTOR_FORMS,
  type VectorForm,
} from "../../domain/evaluation/index.ts";
import type { RetrievalTask } from "../../domain/evaluation/types.ts";
import { yieldToEventLoop } from "../../domain/yieldToEventLoop.ts";
import type { KernelSession } from "../../kernels/index.ts";
import type { EmbeddedTask } from "./evaluate.ts";
import { rankOnDevice } from "./rank.ts";

/** Documents that are looked at: all that recall@10 reads. */
const K = 10;

/** What a store compares in a form. */
const COMPARED = {
  float32: (rows: Float32Array) => rows,
  float16: asFloat16,
  int8: asInt8,
} satisfies Record<Exclude<VectorForm, "binary">, (rows: Float32Array, dim: number) => Float32Array>;

/**
 * recall@10 of one model's embeddings in each form that a store may keep them in, cut to each Matryoshka dimension: from one pass, nothing
 * is embedded here.
 *
 * @param options.onProgress  forms scored, and forms in all
 */
export const weighBytes = async (
  session: Pick<KernelSession, "kernels" | "device">,
  { queries, corpus }: EmbeddedTask,
  task: RetrievalTask,
  options: { onProgress?: (done: number, total: number) => void; signal?: AbortSignal } = {},
): Promise<ByteCurve> => {
  const { onProgress, signal } = options;
  const points = matryoshkaDims(queries.dim).flatMap((dim) => VECTOR_FORMS.map((form) => ({ form, dim })));
  const scores: FormScore[] = [];
  for (const { form, dim } of points) {
    signal?.throwIfAborted();
    await yieldToEventLoop();
    const cut = {
      queryEmbeddings: truncateAndNormalize(queries.data, queries.dim, dim),
      corpusEmbeddings: truncateAndNormalize(corpus.data, corpus.dim, dim),
      dim,
      k: K,
    };
    const rankings =
      form === "binary" ? await signs(cut, signal) : await rankOnDevice(session, stored(cut, form), signal);
    scores.push({ form, dim, evaluation: evaluateRankings(task, rankings, `${form} ${dim}`, 0) });
    onProgress?.(scores.length, points.length);
  }
  return byteCurve(scores as [FormScore, ...FormScore[]]);
};

const stored = (cut: RankInput, form: Exclude<VectorForm, "binary">): RankInput => ({
  ...cut,
  queryEmbeddings: COMPARED[form](cut.queryEmbeddings, cut.dim),
  corpusEmbeddings: COMPARED[form](cut.corpusEmbeddings, cut.dim),
});

const signs = async (cut: RankInput, signal?: AbortSignal): Promise<Rankings> => {
  const steps = rankBinary(cut);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    signal?.throwIfAborted();
    await yieldToEventLoop();
  }
};
