import { Button, Text } from "@mantine/core";
import { IconArrowRight } from "@tabler/icons-react";
import { memo, useDeferredValue } from "react";
import { useNavigate } from "react-router";
import { useDatasets } from "../../../app/datasets/hooks.ts";
import type { DatasetView } from "../../../app/datasets/store.ts";
import { pick } from "../../../app/pick.ts";
import { MIN_PAIRS } from "../../../domain/dataset/index.ts";
import { provenanceFigures, provenanceWords } from "../../../domain/dataset/provenance.ts";
import { OneByOne } from "../../components/OneByOne.tsx";
import { Page } from "../../components/Page.tsx";
import { PrimaryAction } from "../../components/PrimaryAction.tsx";
import { ProblemPanel } from "../../components/ProblemPanel.tsx";
import { BadLines } from "./BadLines.tsx";
import { Columns } from "./Columns.tsx";
import { DatasetHeader } from "./DatasetHeader.tsx";
import { EmptyData } from "./EmptyData.tsx";
import { Entrances } from "./Entrances.tsx";
import { Extras } from "./Extras.tsx";
import { Flagged } from "./Flagged.tsx";
import { Lengths } from "./Lengths.tsx";
import { usePastedPairs } from "./Paste.tsx";
import { Preview } from "./Preview.tsx";
import { Reading } from "./Reading.tsx";
import { Report } from "./Report.tsx";
import { SplitPanel } from "./SplitPanel.tsx";

/** What a split that is impossible asks for, where no setting of it helps. */
const SPLIT_ORDERS: Record<string, string> = {
  "too-few-pairs": `Bring at least ${MIN_PAIRS} pairs`,
  "one-query": "Choose a column with different queries",
};

/** The way on, or what is in it. */
const GoOn = () => {
  const { current, report, reportProblem, splitting, splitProblem } = useDatasets(
    pick("current", "report", "reportProblem", "splitting", "splitProblem"),
  );
  const navigate = useNavigate();
  if (!current) return null;
  const missing = reportProblem
    ? "Solve the problem in the report"
    : !report
      ? "Wait while the pairs are checked"
      : splitting
        ? "Wait while the split is made"
        : splitProblem
          ? (SPLIT_ORDERS[splitProblem.code] ?? "Solve the problem in the split")
          : current.summary.missing;
  return (
    <PrimaryAction
      missing={missing}
      onClick={() => void navigate("/train")}
      rightSection={<IconArrowRight size={18} aria-hidden />}
    >
      Continue to Train
    </PrimaryAction>
  );
};

/** Everything about the open data set. Kept as it is while only what is around it changes. */
const Panels = memo(function Panels({ dataset }: { dataset: DatasetView }) {
  return (
    <OneByOne>
      <DatasetHeader />
      {dataset.provenance && (
        <Text size="sm" c="dimmed">
          {provenanceWords(dataset.provenance)}: {provenanceFigures(dataset.provenance)}.
          {dataset.provenance.source === "documents" &&
            " Real questions among them are the test; where there are none, the test is of written questions too, which are easier than people's: add real pairs as a test file under More files."}
        </Text>
      )}
      {dataset.unsaved && <ProblemPanel problem={dataset.unsaved} tone="ochre" />}
      <Report dataset={dataset} />
      <Columns dataset={dataset} />
      <BadLines dataset={dataset} />
      <Flagged dataset={dataset} />
      <Preview dataset={dataset} />
      <Lengths dataset={dataset} />
      <SplitPanel dataset={dataset} />
      <Extras dataset={dataset} />
    </OneByOne>
  );
});

/** Where trust starts: what the file holds, what is wrong with it, and how it is cut. */
export default function DataScreen() {
  const { status, problem, current, readProblem, dismissProblem } = useDatasets(
    pick("status", "problem", "current", "readProblem", "dismissProblem"),
  );
  const reading = useDatasets((state) => state.reading !== null);
  usePastedPairs();
  // Drawn in slices between other work of the page: it is a lot at once.
  const shown = useDeferredValue(current);
  return (
    <Page
      title="Data"
      lead="Pairs of a question and the document that answers it. They are checked and split here; nothing is uploaded."
      action={<GoOn />}
    >
      <Entrances />
      {problem && <ProblemPanel problem={problem} />}
      {readProblem && (
        <ProblemPanel
          problem={{ ...readProblem.problem, message: `${readProblem.fileName}: ${readProblem.problem.message}` }}
          kept={current ? "The data set below is unchanged." : undefined}
        >
          <Button variant="default" size="compact-md" onClick={dismissProblem}>
            Dismiss
          </Button>
        </ProblemPanel>
      )}
      <Reading />
      {current && shown && <Panels dataset={shown} />}
      {!current && status !== "loading" && !reading && <EmptyData />}
    </Page>
  );
}
