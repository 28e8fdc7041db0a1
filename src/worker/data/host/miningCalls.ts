import {
  mineHardNegatives,
  minedLabels,
  miningDepth,
  planMining,
  type MinedLabels,
  type MiningPlan,
} from "../../../domain/dataset/index.ts";
import type { PairRow, Split } from "../../../domain/dataset/types.ts";
import { StudioError } from "../../../domain/errors.ts";
import { at } from "../../../domain/present.ts";
import { handOver, seal, unseal } from "../../rpc.ts";
import type { DataService } from "../protocol.ts";
import type { StoredDataset } from "../storage.ts";
import type { Keeper } from "./keeper.ts";
import { rowsOf } from "./storedDataset.ts";
import { viewOf } from "./view.ts";

/** The split of a data set that is ready. @throws StudioError `dataset-undecided` */
export const splitOf = ({ split, summary }: StoredDataset): Split => {
  if (split && summary.missing === null) return split;
  throw new StudioError(
    "dataset-undecided",
    "The data set is not ready.",
    `${summary.missing ?? "Make a split"} on the Data screen.`,
  );
};

/** What mining looks at: the train side and the extra corpus, without what the other sides ask for. */
export const miningPlan = (dataset: StoredDataset): MiningPlan => {
  const { rows, corpus } = rowsOf(dataset);
  const { train, dev, test } = splitOf(dataset);
  const pick = (side: readonly number[]): PairRow[] => side.map((row) => at(rows, row));
  return planMining(pick(train), corpus, pick([...dev, ...test]));
};

/** The calls about hard negatives. */
export const miningCalls = (
  keeper: Keeper,
): Pick<DataService, "miningTexts" | "keepMined" | "judgeSuspect" | "dropMined"> => {
  const keep = async (id: string, mined: (now: MinedLabels | null | undefined) => MinedLabels | null) =>
    viewOf(await keeper.change(id, (dataset) => ({ ...dataset, mined: mined(dataset.mined) })));
  return {
    async miningTexts(id, settings) {
      const plan = miningPlan(await keeper.get(id));
      const { queries, documents } = plan;
      return handOver({ depth: miningDepth(plan, settings), texts: seal({ queries, documents }) });
    },
    async keepMined(id, splitHash, made, nearest) {
      const { ranked, ...embeddings } = await unseal(nearest);
      const dataset = await keeper.get(id);
      if (dataset.split?.hash !== splitHash) throw datasetChanged();
      const plan = miningPlan(dataset);
      const { numNegatives, relativeMargin } = made;
      const mined = mineHardNegatives(plan, embeddings, { numNegatives, relativeMargin, ranked });
      return keep(id, () => minedLabels(plan, mined, splitHash, made));
    },
    judgeSuspect: (id, { query, document }, verdict) =>
      keep(id, (mined) => {
        if (!mined) return null;
        const suspects = mined.suspects.map((one) =>
          one.query === query && one.document === document
            ? { ...one, verdict: one.verdict === verdict ? null : verdict }
            : one,
        );
        return { ...mined, suspects };
      }),
    dropMined: (id) => keep(id, () => null),
  };
};

const datasetChanged = (): StudioError =>
  new StudioError(
    "dataset-changed",
    "The data set was changed while hard negatives were mined.",
    "Mine again; what is embedded already is kept.",
  );
