import { compareAll, HEADLINE_METRIC } from "../evaluation/index.ts";
import type { RetrievalEvaluation, RetrievalTask } from "../evaluation/types.ts";
import { present } from "../present.ts";

/** recall@10 of a form beside that of the F32 adapter over its base, on the same questions. */
export interface FormRecall {
  /** What embedded with the form: its runtime, or the studio's engine with the numbers in its files. */
  by: "onnxruntime" | "engine";
  queries: number;
  corpus: number;
  adapter: number;
  form: number;
  delta: number;
  /** Paired bootstrap 95 % interval of the change, clustered. */
  interval: [number, number];
}

/** What a form costs, from what it and the adapter score on one task. @throws StudioError `different-splits` */
export const formRecallOf = (
  by: FormRecall["by"],
  adapter: RetrievalEvaluation,
  form: RetrievalEvaluation,
  task: RetrievalTask,
): FormRecall => {
  const { baseline, tuned, delta, interval } = present(
    compareAll(adapter, form, { task }).find(({ metric }) => metric === HEADLINE_METRIC),
    "recall@10 among the compared metrics",
  );
  return { by, queries: form.queries, corpus: form.corpus, adapter: baseline, form: tuned, delta, interval };
};

const points = (share: number): string => `${share < 0 ? "−" : "+"}${Math.abs(100 * share).toFixed(2)}`;

/** The change in points with its interval: `−0.20 points (−1.10 to +0.40)`. */
const recallChange = ({ delta, interval }: Pick<FormRecall, "delta" | "interval">): string =>
  `${points(delta)} points (paired bootstrap 95 % interval ${points(interval[0])} to ${points(interval[1])})`;

/** What the form costs in recall, or that it was not measured. */
export const recallLine = (recall: FormRecall | null): string => {
  if (!recall)
    return "What this form costs in recall was not measured: the texts of the test were not at hand where it was made (`npm run export -- --test FILE` measures it).";
  const { by, queries, corpus, adapter, form } = recall;
  return `Its recall@10 is ${(100 * form).toFixed(2)} % on ${queries} test questions against ${corpus} documents, embedded by ${by === "engine" ? "the studio's engine with the numbers in these files" : "onnxruntime"}; that
of the adapter in F32 is ${(100 * adapter).toFixed(2)} %: a change of ${recallChange(recall)}.`;
};
