import type { Manifest } from "../artifact/index.ts";
import { StudioError } from "../errors.ts";

/** What of a run decides whether the script can repeat it, as its record and its manifest have it. */
export interface ScriptSubject {
  hyperparameters: Pick<NonNullable<Manifest["hyperparameters"]>, "distillation" | "falseNegatives">;
  /** The model is another run's adapter at a share of its strength. */
  isScaled: boolean;
}

/** Why a run cannot be told as a script, and what to do; null where it can. */
export const scriptObstacle = ({
  hyperparameters: { distillation, falseNegatives },
  isScaled,
}: ScriptSubject): { message: string; hint: string } | null => {
  if (isScaled)
    return {
      message: "It was not trained: it is another run's adapter at a share of its strength.",
      hint: "Take the script of that run.",
    };
  const what = [
    ...(distillation ? ["a teacher's scores"] : []),
    ...(falseNegatives ? ["a mask of false negatives by margin"] : []),
  ];
  if (what.length === 0) return null;
  return {
    message: `The run learned with ${what.join(" and ")}, which the script cannot repeat exactly.`,
    hint: "Train without these to get a script; in sentence-transformers, CachedGISTEmbedLoss and DistillKLDivLoss are the nearest.",
  };
};

/** @throws StudioError `manifest-no-script` where the script's loss would be another than the run's */
export const mustBeExpressible = (manifest: ScriptSubject): void => {
  const obstacle = scriptObstacle(manifest);
  if (obstacle) throw new StudioError("manifest-no-script", obstacle.message, obstacle.hint);
};
