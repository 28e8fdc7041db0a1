import { useEffect, useState } from "react";
import { useNavigate } from "react-router";
import { useDatasets } from "../../../app/datasets/hooks.ts";
import type { Problem } from "../../../domain/errors.ts";
import { SAMPLES } from "../data/fileTypes.ts";
import { useSample } from "../data/useSample.ts";
import { START_NOW } from "../train/setup/startNow.ts";

/** Opens the sample and, as soon as it is checked and split, starts a run on it. */
export const useTrainOnSample = (): { train: () => void; busy: boolean; problem: Problem | null } => {
  const navigate = useNavigate();
  const sample = useSample();
  const [wanted, setWanted] = useState(false);
  const ready = useDatasets(
    ({ current, report }) => current?.file.fileName === "support.jsonl" && current.split !== null && report !== null,
  );
  const problem = useDatasets((state) => state.readProblem?.problem ?? state.reportProblem ?? state.splitProblem);
  const failed = sample.problem ?? (wanted ? problem : null);
  useEffect(() => {
    if (wanted && ready && !sample.busy) void navigate("/train", { state: START_NOW });
  }, [wanted, ready, sample.busy, navigate]);
  return {
    train: () => {
      setWanted(true);
      sample.take(SAMPLES.good);
    },
    busy: wanted && failed === null,
    problem: failed,
  };
};
