/** What a preset and the data mean, in words that the page and the command line share. */
import { plannedDetectableEffect } from "../../evaluation/statistics/detectable.ts";
import type { Hyperparameters } from "../types.ts";
import { PRESETS, plannedSteps, type PlannedPreset, type PresetName } from "./presets.ts";

const whole = (value: number): string => value.toLocaleString("en");
const counted = (count: number, noun: string): string => `${whole(count)} ${noun}${count === 1 ? "" : "s"}`;

/** "What this means for your 324 pairs": passes, steps, rate, scoring and stop. */
export const settingsSentence = (pairs: number, values: Hyperparameters): string => {
  const { batchSize, epochs, learningRate, warmupRatio, evaluateEvery, patience } = values;
  const steps = plannedSteps(pairs, values);
  return [
    `${epochs === 1 ? "1 pass" : `${whole(epochs)} passes`} over your ${counted(pairs, "pair")} in batches of ${whole(batchSize)}: ${counted(steps, "step")}.`,
    `The learning rate rises to ${learningRate} over ${counted(Math.round(warmupRatio * steps), "step")}, then falls.`,
    `The dev questions are scored ${evaluateEvery === 0 ? "after each pass" : evaluateEvery === 1 ? "after each step" : `every ${whole(evaluateEvery)} steps`}; the best step is kept${patience > 0 ? `, and training ends when ${counted(patience, "scoring")} in a row bring nothing better` : ""}.`,
  ].join(" ");
};

/** The same of a preset, with what the device had a say in. */
export const presetSentence = (name: PresetName, pairs: number, { values, cutFrom }: PlannedPreset): string =>
  cutFrom === null
    ? settingsSentence(pairs, values)
    : `${settingsSentence(pairs, values)} With a hardware GPU it would be ${cutFrom} passes: without one, ${PRESETS[name].title} is planned for about ${counted(Math.round(PRESETS[name].softwareSeconds / 60), "minute")} of training.`;

/** A test that shows smaller changes than this is good enough to start with; one that shows the second is good. */
const [ENOUGH, GOOD] = [0.2, 0.1];
/** Fewer training pairs rarely teach a base anything new. */
const FEW_PAIRS = 100;

/**
 * Said before training when the data is too little to gain from, or to show a gain; null otherwise.
 * @param written the pairs were written from documents
 * @param visible smallest change of recall (0…1) that the test can show, as the report on the data gives it
 */
export const littleDataSentence = (pairs: number, visible: number, written = false): string | null => {
  const unseen = visible > ENOUGH;
  if (!unseen && pairs >= FEW_PAIRS) return null;
  const needed = Array.from({ length: 400 }, (_, i) => 5 * (i + 1)).find(
    (questions) => plannedDetectableEffect(questions) <= GOOD,
  );
  return [
    `There is little to learn from and to test with: ${counted(pairs, "training pair")}${unseen ? `, and a test that shows only a change of about ${Math.round(100 * visible)} points of recall or more` : ""}.`,
    `What helps: more pairs${unseen ? ` (${needed} independent test questions show a change of ${100 * GOOD} points)` : " (a few hundred)"}${written ? ", or more documents to write questions about." : ", or questions written for your documents."}`,
  ].join(" ");
};
