import type { EarlyStop } from "./types.ts";

/** Why training ended before its last step, as the page and the command line say it. */
export const earlyStopSentence = ({ step, totalSteps, bestStep, patience }: EarlyStop): string =>
  `Training ended after step ${step} of ${totalSteps}: dev got no better than at step ${bestStep} (patience ${patience}).`;
