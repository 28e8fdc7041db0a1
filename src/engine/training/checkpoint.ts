import { StudioError } from "../../domain/errors.ts";
import { parseHeader, readAllFloat32, writeSafetensors, type TensorData } from "../../domain/safetensors/index.ts";

type Tensors = ReadonlyMap<string, Float32Array>;

/** A run's state after a step: everything that its next step depends on. */
export interface TrainingState {
  /** Optimizer steps done. */
  step: number;
  /** Fixes base, examples, order and hyperparameters; only a run with the same one may continue from here. */
  runFingerprint: string;
  values: Tensors;
  moment1: Tensors;
  moment2: Tensors;
  /** The best adapter on dev so far, with its step and score, and how often dev was scored since. */
  best: { step: number; score: number; values: Tensors; scoringsSince: number } | null;
}

const GROUPS = ["values", "moment1", "moment2", "best"] as const;

/** The state as one safetensors file; adapter tensors keep their PEFT names behind a group prefix. */
export const serializeState = (state: TrainingState, shapeOf: (name: string) => [number, number]): Uint8Array => {
  const groups: Record<(typeof GROUPS)[number], Tensors> = { ...state, best: state.best?.values ?? new Map() };
  const tensors: TensorData[] = GROUPS.flatMap((group) =>
    [...groups[group]].map(([name, data]) => ({
      name: `${group}/${name}`,
      dtype: "F32" as const,
      shape: shapeOf(name),
      data,
    })),
  );
  return writeSafetensors(tensors, {
    format: "pt",
    step: String(state.step),
    run: state.runFingerprint,
    ...(state.best && {
      bestStep: String(state.best.step),
      bestScore: String(state.best.score),
      scoringsSinceBest: String(state.best.scoringsSince),
    }),
  });
};

/** @throws StudioError `checkpoint-damaged` */
export const parseState = (file: Uint8Array): TrainingState => {
  const { metadata } = parseHeader(file);
  const groups = Object.fromEntries(GROUPS.map((group) => [group, new Map<string, Float32Array>()]));
  for (const [name, { values }] of readAllFloat32(file)) {
    const slash = name.indexOf("/");
    groups[name.slice(0, slash)]?.set(name.slice(slash + 1), values.slice());
  }
  const step = Number(metadata.step);
  if (!Number.isInteger(step) || !metadata.run || !groups.values?.size)
    throw new StudioError("checkpoint-damaged", "The saved training state is incomplete.", "Start the run again.");
  return {
    step,
    runFingerprint: metadata.run,
    values: groups.values,
    moment1: groups.moment1 as Tensors,
    moment2: groups.moment2 as Tensors,
    best: metadata.bestStep
      ? {
          step: Number(metadata.bestStep),
          score: Number(metadata.bestScore),
          values: groups.best as Tensors,
          scoringsSince: Number(metadata.scoringsSinceBest ?? 0),
        }
      : null,
  };
};
