import { keepsWhatItKnew, RETENTION_MARGIN, type Retention } from "./retention.ts";

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
const signed = (share: number): string => `${share < 0 ? "−" : "+"}${(100 * Math.abs(share)).toFixed(1)}`;

/** What a gate, a card and a command say of the general set: both figures, the change and its interval. */
export const retentionFigures = ({ queries, baseline, tuned, delta, interval }: Retention): string =>
  `of ${queries} everyday questions in five languages the base finds ${percent(baseline)}, this model ${percent(tuned)} ` +
  `(recall@10 ${signed(delta)} points, 95 % interval ${signed(interval[0])} to ${signed(interval[1])})`;

/** What the figures decide. `open`: neither a loss beyond the margin nor its absence is shown. */
type Kept = "better" | "kept" | "lost-little" | "forgot" | "open";
const keptOf = (retention: Retention): Kept => {
  const [low, high] = retention.interval;
  if (keepsWhatItKnew(retention)) return low > 0 ? "better" : high < 0 ? "lost-little" : "kept";
  return high < 0 ? "forgot" : "open";
};

const MARGIN = Math.round(100 * RETENTION_MARGIN);

/** The same as one plain sentence on whether it kept what the base knew. */
export const retentionSentence = (retention: Retention): string => {
  const { delta, interval, queries } = retention;
  // The interval is as wide as it is: a change this much above its lower end would have ruled the loss out.
  const enough = signed(delta - interval[0] - RETENTION_MARGIN);
  return {
    better: "It also got better at questions of everyday life.",
    kept: `It kept what its base knew: a loss of more than ${MARGIN} points is ruled out.`,
    "lost-little": `It lost a little of what its base knew; a loss of more than ${MARGIN} points is ruled out.`,
    forgot: "It forgot some of what its base knew of everyday life.",
    open: `Whether it forgot something is open: a loss of more than ${MARGIN} points cannot be ruled out. On ${queries} questions a change of ${enough} points or better would rule it out.`,
  }[keptOf(retention)];
};

/** The same in a few words, beside a heading. */
export const retentionVerdict = (retention: Retention): string =>
  ({
    better: "it got better at everyday questions too",
    kept: "it kept what its base knew",
    "lost-little": "it lost a little of what its base knew",
    forgot: "it forgot some of what its base knew",
    open: "whether it forgot something is open",
  })[keptOf(retention)];
