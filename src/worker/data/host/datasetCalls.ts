import { diagnose, exportBadLines, splitDataset, type DoctorReport } from "../../../domain/dataset/index.ts";
import { holdsPair } from "../../../domain/dataset/leftOut.ts";
import { StudioError } from "../../../domain/errors.ts";
import type { DataService, Decision } from "../protocol.ts";
import type { DatasetStorage, StoredDataset } from "../storage.ts";
import type { Keeper } from "./keeper.ts";
import { badLinesOf, notesOf, openFindings, rowsOf, testsOnReal, withChoice } from "./storedDataset.ts";
import { throttle } from "./throttle.ts";
import { reportView, viewOf } from "./view.ts";

/** The calls about data sets that were read: deciding, examining, splitting, and windows of what is in them. */
export const datasetCalls = (
  keeper: Keeper,
  storage: DatasetStorage,
): Pick<
  DataService,
  "list" | "open" | "decide" | "examine" | "split" | "remove" | "badLines" | "badLineFiles" | "holds"
> => {
  /** The whole reports behind what the page was shown, until the rows change. */
  const reports = new Map<string, { revision: number; report: DoctorReport }>();

  const choiceOf = (dataset: StoredDataset, code: string, id: string) => {
    const known = reports.get(dataset.summary.id);
    const choice =
      known?.revision === (dataset.revision ?? 0)
        ? known.report.findings.find((finding) => finding.code === code)?.choices.find((one) => one.id === id)
        : undefined;
    if (!choice) throw reportOutdated();
    return choice;
  };

  return {
    list: () => storage.list(),
    open: async (id) => viewOf(await keeper.get(id)),
    decide: async (id, decision) => viewOf(await keeper.reopen(id, (dataset) => decided(dataset, decision, choiceOf))),
    async examine(id, maxTokens, onProgress) {
      const examined = await keeper.get(id);
      const { rows, testRows } = rowsOf(examined);
      const { badLines, blankLines, dialect, scores, graded, testOnly } = examined.parsed;
      const own = rows.slice(0, rows.length - testRows);
      const report = diagnose(
        { rows: own, badLines, blankLines, dialect, scores, graded, testOnly, notes: notesOf(examined) },
        {
          columnsConfirmed: examined.columnsConfirmed,
          cutTest: examined.decisions.kept.includes("test-only"),
          maxTokens,
          negatives: examined.settings.negatives,
          testReal: testsOnReal(examined),
          test: rows.slice(own.length),
          onProgress: throttle(onProgress),
        },
      );
      reports.set(id, { revision: examined.revision ?? 0, report });
      const dataset = await keeper.change(id, (now) => {
        const open = openFindings(report.findings, now.decisions);
        return now.revision !== examined.revision || String(now.open) === String(open) ? now : { ...now, open };
      });
      return { report: reportView(report), dataset: viewOf(dataset) };
    },
    async split(id) {
      const before = await keeper.get(id);
      const { rows, testRows } = rowsOf(before);
      const split = splitDataset(rows, {
        ...before.settings,
        testRows,
        ...(testsOnReal(before) && { testReal: true }),
      });
      return viewOf(
        await keeper.change(id, (now) =>
          now.revision === before.revision && now.settings === before.settings ? { ...now, split } : now,
        ),
      );
    },
    async remove(id) {
      reports.delete(id);
      await keeper.remove(id);
    },
    badLines: async (id, from, to) => badLinesOf(await keeper.get(id)).slice(from, to),
    async badLineFiles(id) {
      const { parsed, test, corpus } = await keeper.get(id);
      return [parsed, test, corpus].flatMap((file) => {
        if (!file || file.badLines.length === 0) return [];
        const { fileName, type, text } = exportBadLines(file);
        return [{ name: fileName, file: new Blob([text], { type }) }];
      });
    },
    async holds(id, pairs) {
      const { parsed, test } = await keeper.get(id);
      const rows = [...parsed.rows, ...(test?.rows ?? [])];
      return pairs.map((pair) => rows.some((row) => holdsPair(row, [pair])));
    },
  };
};

const decided = (
  dataset: StoredDataset,
  decision: Decision,
  choiceOf: (dataset: StoredDataset, code: string, choice: string) => Parameters<typeof withChoice>[2],
): StoredDataset => {
  switch (decision.type) {
    case "confirm-columns":
      return { ...dataset, columnsConfirmed: true };
    case "leave-out-bad-lines":
      return { ...dataset, leaveOut: true };
    case "choose":
      return withChoice(dataset, decision.code, choiceOf(dataset, decision.code, decision.choice));
    case "take-all-in":
      return { ...dataset, excluded: [], decisions: { droppedLines: [], droppedNegatives: [], kept: [] } };
    case "leave-out-pairs":
      return { ...dataset, excluded: [...decision.pairs] };
    case "split-settings":
      return { ...dataset, settings: decision.settings };
    case "remove-file":
      return { ...dataset, [decision.which]: null };
  }
};

const reportOutdated = (): StudioError =>
  new StudioError(
    "report-outdated",
    "The report that offered this choice is not about the present rows any more.",
    "Examine the data set again, then choose.",
  );
