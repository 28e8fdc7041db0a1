import { StudioError } from "../../../src/domain/errors.ts";
import { HEADLINE_METRIC, verdictSentence } from "../../../src/domain/evaluation/index.ts";
import type { Comparison } from "../../../src/domain/evaluation/types.ts";
import type { Evaluation, Snapshot, TestReport } from "./snapshot.ts";

const percent = (share: number): string => (100 * share).toFixed(2);
const points = (share: number): string => `${share < 0 ? "−" : "+"}${Math.abs(100 * share).toFixed(2)}`;
const intervalOf = ([low, high]: Comparison["interval"]): string => `[${points(low)}, ${points(high)}]`;
const minutes = (seconds: number): string =>
  seconds < 100 ? `${seconds.toFixed(0)} s` : `${(seconds / 60).toFixed(1)} min`;
const row = (...cells: (string | number)[]): string => `| ${cells.join(" | ")} |`;
const table = (heads: string[], rows: (string | number)[][]): string[] => [
  row(...heads),
  row(...heads.map(() => "---")),
  ...rows.map((cells) => row(...cells)),
];
const sum = (tests: TestReport, key: "passed" | "failed" | "skipped"): number =>
  tests.steps.reduce((total, step) => total + step[key], 0);

/** Whether the snapshot may stand for the project: every step of `npm test` ran. */
export const isComplete = ({ tests }: Snapshot): boolean => tests?.complete === true;

/** `2026-11-28-3793219abc12`, with `-dirty` for changed files and `-partial` where steps were left out. */
export const snapshotName = (snapshot: Snapshot): string => {
  const [hash, dirty] = (snapshot.commit ?? "no-commit").split(/-(?=dirty$)/);
  const commit = snapshot.commit === null ? "no-commit" : (hash ?? "").slice(0, 12);
  return [snapshot.startedAt.slice(0, 10), commit, dirty, isComplete(snapshot) ? undefined : "partial"]
    .filter(Boolean)
    .join("-");
};

/** Counts in one line, as `npm test` ends with. */
const countsLine = (tests: TestReport): string => {
  const skipped = sum(tests, "skipped");
  return `${sum(tests, "passed")} passed, ${sum(tests, "failed")} failed${skipped ? `, ${skipped} skipped` : ""}`;
};

const testLines = (tests: TestReport | null): string[] => {
  if (!tests) return ["Left out: this snapshot says nothing about the tests."];
  return [
    ...(tests.complete ? [] : ["**Not a full run:** only the steps of this table were asked for.", ""]),
    ...table(
      ["step", "result", "passed", "failed", "skipped", "time"],
      tests.steps.map(({ name, succeeded, passed, failed, skipped, seconds }) => [
        name,
        succeeded ? "passed" : "**FAILED**",
        passed,
        failed,
        skipped,
        minutes(seconds),
      ]),
    ),
    "",
    `${countsLine(tests)} in ${minutes(tests.seconds)}${tests.long ? ", the long forms included" : ""}. Types, lint and format count as one each; \
steps that ran side by side add up to more than the whole.`,
  ];
};

const headlineOf = ({ comparisons }: Evaluation): Comparison | undefined =>
  comparisons.find(({ metric }) => metric === HEADLINE_METRIC);

const evaluationLines = (evaluation: Evaluation): string[] => {
  const { data, rows, hashes, base, fingerprint, backend, steps, seconds, queries, corpus } = evaluation;
  const headline = headlineOf(evaluation);
  return [
    `### ${data}`,
    "",
    `${queries} test queries against ${corpus} documents; ${rows.train} training rows, ${steps} steps in ${minutes(seconds)} on ${backend}. \
Values in percent, changes in points with paired bootstrap 95 % intervals.`,
    "",
    ...table(
      ["metric", "BM25", "base", "tuned", "change", "95 % interval", "p", "verdict"],
      evaluation.comparisons.map(({ metric, baseline, tuned, delta, interval, pValue, verdict }) => [
        metric,
        percent(evaluation.bm25[metric]),
        percent(baseline),
        percent(tuned),
        points(delta),
        intervalOf(interval),
        pValue.toFixed(4),
        verdict,
      ]),
    ),
    "",
    ...(headline ? [verdictSentence(headline), ""] : []),
    ...table(
      ["", "SHA-256"],
      [
        [`base ${base.id}, weights`, `\`${base.sha256}\``],
        ["tuned model, fingerprint", `\`${fingerprint}\``],
        ["training rows", `\`${hashes.train}\``],
        ["test rows", `\`${hashes.test}\``],
      ],
    ),
    "",
  ];
};

/** The snapshot as a page of Markdown. It says itself where something was left out. */
export const writeReport = (snapshot: Snapshot): string => {
  const { startedAt, commit, version, machine, tests, evaluations, evaluationProblem } = snapshot;
  const [hash, dirty] = (commit ?? "").split(/-(?=dirty$)/);
  return [
    `# Validation of ${startedAt.slice(0, 10)}${isComplete(snapshot) ? "" : " (partial)"}`,
    "",
    "Written by `npm run validate`; not edited by hand.",
    "",
    ...table(
      ["", ""],
      [
        ["commit", commit === null ? "none" : `\`${hash}\`${dirty ? ", **with changes that are not in it**" : ""}`],
        ["version", version],
        ["started", startedAt],
        ["machine", `${machine.cores} × ${machine.processor}, ${machine.memoryGiB.toFixed(0)} GiB, ${machine.system}`],
        ["Node", machine.node],
        ["load average before", machine.loadBefore.toFixed(1)],
      ],
    ),
    "",
    "## Tests",
    "",
    ...testLines(tests),
    "",
    "## Retrieval",
    "",
    ...(evaluationProblem ? [`**There is no evaluation:** ${evaluationProblem}`, ""] : []),
    ...(evaluations || evaluationProblem
      ? (evaluations ?? []).flatMap(evaluationLines)
      : ["Not asked for (`RUN_EMBEDDING_EVAL=true npm run validate`).", ""]),
  ].join("\n");
};

/** What stands in docs/validation.md of the newest complete snapshot. `link` is the report's path from there. */
export const summarize = (snapshot: Snapshot & { tests: TestReport }, link: string): string => {
  const { startedAt, machine, tests, evaluations } = snapshot;
  return [
    `[${startedAt.slice(0, 10)}](${link}): **${countsLine(tests)}** in ${minutes(tests.seconds)} on ${machine.cores} × ${machine.processor}, Node ${machine.node}.`,
    ...(evaluations ?? []).flatMap((evaluation) => {
      const headline = headlineOf(evaluation);
      if (!headline) return [];
      const { metric, baseline, tuned, delta, interval } = headline;
      return [
        "",
        `${evaluation.data}: ${metric} ${percent(baseline)} → ${percent(tuned)} %, ${points(delta)} points ${intervalOf(interval)}.`,
      ];
    }),
  ].join("\n");
};

const BEGIN = "<!-- snapshot: written by npm run validate -->";
const END = "<!-- end of snapshot -->";

/** The document with what stands between its two markers replaced. @throws StudioError when a marker is missing */
export const refreshSummary = (document: string, summary: string): string => {
  const begin = document.indexOf(BEGIN);
  const end = document.indexOf(END);
  if (begin < 0 || end < begin)
    throw new StudioError(
      "validation-no-markers",
      "docs/validation.md has no place for the summary.",
      `Put these two lines where it belongs: ${BEGIN} and ${END}.`,
    );
  return `${document.slice(0, begin)}${BEGIN}\n\n${summary}\n\n${document.slice(end)}`;
};
