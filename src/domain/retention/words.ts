import { keepsWhatItKnew, RETENTION_MARGIN, type Retention } from "./retention.ts";

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
const signed = (share: number): string => `${share < 0 ? "−" : "+"}${(100 * Math.abs(share)).toFixed(1)}`;

/** What a gate, a card and a command say of the general set: both figures, the change and its interval. */
export const retentionFigures = ({ queries, baseline, tuned, delta, interval }: Retention): string =>
  `of ${queries} everyday questions in five languages the base finds ${percent(baseline)}, this model ${percent(tuned)} ` +
  `(recall@10 ${signed(delta)} points, 95 % interval ${signed(interval[0])} to ${signed(interval[1])})`;

/** The same as one plain sentence on whether it kept what the base knew. */
export const retentionSentence = (retention: Retention): string => {
  const margin = Math.round(100 * RETENTION_MARGIN);
  const [low, high] = retention.interval;
  if (keepsWhatItKnew(retention))
    return low > 0
      ? "It also got better at questions of everyday life."
      : `It kept what its base knew: a loss of more than ${margin} points is ruled out.`;
  if (high < 0) return "It forgot some of what its base knew of everyday life.";
  return `Whether it forgot something is open: a loss of more than ${margin} points cannot be ruled out.`;
};
