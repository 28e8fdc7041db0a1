import type { RunRecord } from "../../domain/run/types.ts";
import { scriptObstacle } from "../../domain/script/expressible.ts";

/** Whether the texts that a run was trained on and tested with are in this browser; a sentence where they are not. */
export type RunTextsState = "looking" | "here" | { missing: string };

type Subject = Pick<RunRecord, "tuned" | "test" | "hyperparameters" | "scaledFrom">;

const whyNoTexts = (texts: RunTextsState): string | null => {
  if (texts === "here") return null;
  return texts === "looking" ? "Looking for the run's texts" : texts.missing;
};

/** Why a form of this run cannot be measured on its test here; null where it can. */
export const whyNoRecall = ({ tuned, test }: Pick<Subject, "tuned" | "test">, texts: RunTextsState): string | null =>
  tuned === null || test.queries === 0 ? "The run has no test scores" : whyNoTexts(texts);

const COMMAND = "npm run export -- --form script takes the file";

/** Why a run cannot be had as a script here; null where it can. @param run null where a version's run is not in this browser */
export const whyNoScript = (
  run: Pick<Subject, "hyperparameters" | "scaledFrom"> | null,
  texts: RunTextsState,
): string | null => {
  if (run === null) return `Its run is not in this browser; ${COMMAND}`;
  const obstacle = scriptObstacle({ hyperparameters: run.hyperparameters, isScaled: run.scaledFrom !== undefined });
  if (obstacle) return obstacle.message;
  const why = whyNoTexts(texts);
  return why !== null && texts !== "looking" ? `${why}; ${COMMAND}` : why;
};

/** Seconds of the run's own scoring up to which a form's recall is measured unasked. */
const UNASKED = 120;

/** Whether a form's recall is measured where nobody has chosen. */
export const measuresUnasked = ({ tuned }: Pick<Subject, "tuned">): boolean =>
  tuned !== null && tuned.seconds <= UNASKED;
