import { z } from "zod";
import type { Experiment } from "../../src/domain/telemetry/experiment.ts";
import { ask, outcomeOf, parsed, UNREACHABLE, type Upstream } from "./deliver.ts";
import type { Delivery } from "./outbox.ts";

const DATASETS_PATH = "/api/public/datasets";
const answerSchema = z.object({ id: z.string().regex(/^[\w-]{1,128}$/) });

/** The data set of an experiment, or what to do while there is none. */
export type DatasetAnswer = { kind: "dataset"; id: string } | { kind: "none"; error: string } | Delivery;

/** Test splits as Langfuse data sets, made by name on first use: experiments of one split are compared there. */
export class Datasets {
  private readonly ids = new Map<string, string>();

  constructor(private readonly upstream: Upstream) {}

  /** Langfuse's own id of the test split; `none` where the server refuses to keep data sets. */
  async idOf({ datasetHash, splitHash }: Experiment, signal: AbortSignal): Promise<DatasetAnswer> {
    const name = `recall-studio-${datasetHash.slice(0, 12)}-${splitHash.slice(0, 12)}`;
    const known = this.ids.get(name);
    if (known) return { kind: "dataset", id: known };
    const body = {
      name,
      description: "Test queries of Recall Studio, by their hashes",
      metadata: { dataset_hash: datasetHash, split_hash: splitHash },
    };
    const answer = await ask(this.upstream, { path: DATASETS_PATH, method: "POST", body }, signal);
    if (!answer) return UNREACHABLE;
    const outcome = outcomeOf(answer.response);
    if (outcome.kind === "retry") return outcome;
    if (outcome.kind !== "delivered") return { kind: "none", error: outcome.error ?? "refused" };
    const dataset = parsed(answerSchema, answer.text);
    if (!dataset) return { kind: "none", error: "dataset-unreadable" };
    this.ids.set(name, dataset.id);
    return { kind: "dataset", id: dataset.id };
  }
}
