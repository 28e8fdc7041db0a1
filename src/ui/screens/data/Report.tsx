import { Button, Group, Loader, Progress, Text } from "@mantine/core";
import { useDatasets } from "../../../app/datasets/hooks.ts";
import type { DatasetView, ReportView } from "../../../app/datasets/store.ts";
import { pick } from "../../../app/pick.ts";
import { UNKNOWN_LANGUAGE } from "../../../domain/text/index.ts";
import { Figure } from "../../components/Figure.tsx";
import { bytes, counted, percent, whole } from "../../components/format.ts";
import { Panel } from "../../components/Panel.tsx";
import { ProblemPanel } from "../../components/ProblemPanel.tsx";
import { Term } from "../../components/Term.tsx";
import { heldWords } from "./fileWords.ts";
import { Findings } from "./Findings.tsx";

/** The file in figures. */
const Counts = ({ dataset, report }: { dataset: DatasetView; report: ReportView }) => {
  const { badLines: bad } = dataset.summary;
  const { blankLines, bytes: size } = dataset.file;
  const extra = dataset.extraDocuments;
  return (
    <Group gap="16px 40px" align="flex-start">
      <Figure
        label="Good rows"
        value={whole(report.rows)}
        tone={report.rows > 0 ? "good" : "bad"}
        detail={heldWords(report)}
      />
      <Figure label="Bad lines" value={whole(bad)} tone={bad > 0 ? "bad" : "plain"} />
      <Figure label="Unique queries" value={whole(report.distinctQueries)} />
      <Figure
        label="Unique documents"
        value={whole(report.distinctDocuments)}
        detail={extra > 0 && `and ${whole(extra)} from the corpus`}
      />
      <Figure
        label={<Term of="independent group">Independent groups</Term>}
        value={whole(report.groups)}
        detail={report.groups > 0 && `the largest holds ${percent(report.largestGroup)} of the rows`}
      />
      <Figure label="File" value={bytes(size)} detail={blankLines > 0 && counted(blankLines, "blank line")} />
    </Group>
  );
};

/** The languages, when there is anything to say, and what the test will be able to show. */
const Remarks = ({ report }: { report: ReportView }) => {
  const languages = report.languages.documents
    .filter(({ language, share }) => language !== UNKNOWN_LANGUAGE && share >= 0.01)
    .slice(0, 4);
  return (
    <Text size="sm" c="dimmed">
      {languages.length > 0 &&
        `Documents are mostly in ${languages.map(({ language, share }) => `${language} (${percent(share, 0)})`).join(", ")}. `}
      {!report.findings.some(({ code }) => code === "few-pairs") &&
        Number.isFinite(report.detectableEffect) &&
        report.detectableEffect > 0 &&
        report.detectableEffect < 1 &&
        `At worst, a test of this size only shows a change in recall of ${percent(report.detectableEffect, 0).replace(" %", "")} points or more; after a run the measured limit is given.`}
    </Text>
  );
};

/** Rows from which an examination takes long enough to show how far it is. */
const LARGE = 5000;

/** How far the examination is. */
const Examining = ({ rows }: { rows: number }) => {
  const { examined, stopExamining } = useDatasets(pick("examined", "stopExamining"));
  return (
    <>
      <Group gap="sm" role="status">
        <Loader size="sm" aria-hidden />
        <Text c="dimmed">Checking {counted(rows, "row")}: duplicates, conflicts, leaks, lengths</Text>
      </Group>
      {rows > LARGE && (
        <Group gap="sm" mt="sm">
          <Progress value={100 * examined} aria-label="Checking the pairs" flex={1} />
          <Button variant="default" size="compact-md" onClick={stopExamining}>
            Stop
          </Button>
        </Group>
      )}
    </>
  );
};

/** What the file holds and what is noteworthy about it, in plain words. */
export const Report = ({ dataset }: { dataset: DatasetView }) => {
  const { report, reportProblem, retry, takeAllIn } = useDatasets(
    pick("report", "reportProblem", "retry", "takeAllIn"),
  );
  const { droppedRows, droppedNegatives, kept } = dataset.decided;
  const made = [
    droppedRows > 0 && `${counted(droppedRows, "row")} left out`,
    droppedNegatives > 0 && `${counted(droppedNegatives, "negative")} removed`,
    kept.length > 0 && `${counted(kept.length, "finding")} left as is`,
  ].filter(Boolean);
  return (
    <Panel title="Report">
      {reportProblem && (
        <ProblemPanel problem={reportProblem} kept="The file is stored; nothing is lost.">
          <Button onClick={() => void retry()}>Check again</Button>
        </ProblemPanel>
      )}
      {!report && !reportProblem && <Examining rows={dataset.summary.rows} />}
      {report && (
        <>
          <Counts dataset={dataset} report={report} />
          <Findings report={report} kept={dataset.decided.kept} />
          <Remarks report={report} />
        </>
      )}
      {made.length > 0 && (
        <Group gap="sm" mt="sm">
          <Text size="sm">You chose: {made.join(", ")}.</Text>
          <Button variant="subtle" size="compact-sm" onClick={() => void takeAllIn()}>
            Undo
          </Button>
        </Group>
      )}
    </Panel>
  );
};
