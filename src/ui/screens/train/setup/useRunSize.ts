import { useEffect } from "react";
import { pairTokens, UNKNOWN_SIZE } from "../../../../domain/training/preset/presets.ts";
import { useDatasets } from "../../../../app/datasets/hooks.ts";
import { useEngine } from "../../../../app/device/hooks.ts";
import { useRunPlan } from "../../../../app/runs/hooks.ts";

/** Keeps the plan told of what its presets depend on: the data set that is open, and the device. */
export const useRunSize = (): void => {
  const pairs = useDatasets((state) => state.current?.split?.train ?? null);
  const documents = useDatasets((state) => state.report?.distinctDocuments ?? null);
  const tokensPerPair = useDatasets(({ report }) => (report ? pairTokens(report.lengths) : UNKNOWN_SIZE.tokensPerPair));
  const slow = useEngine((state) => state.device?.slow ?? false);
  const setSize = useRunPlan((state) => state.setSize);
  useEffect(() => setSize({ pairs, documents, tokensPerPair, slow }), [pairs, documents, tokensPerPair, slow, setSize]);
};
