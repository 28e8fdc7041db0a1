import { Button, CloseButton, Group } from "@mantine/core";
import { IconArrowRight } from "@tabler/icons-react";
import { useNavigate } from "react-router";
import { useDatasets } from "../../../app/datasets/hooks.ts";
import { Page } from "../../components/Page.tsx";
import { PrimaryAction } from "../../components/PrimaryAction.tsx";
import { ProblemPanel } from "../../components/ProblemPanel.tsx";
import { BadLines } from "./BadLines.tsx";
import { Columns } from "./Columns.tsx";
import { DatasetHeader } from "./DatasetHeader.tsx";
import { EmptyData } from "./EmptyData.tsx";
import { Extras } from "./Extras.tsx";
import { Flagged } from "./Flagged.tsx";
import { Lengths } from "./Lengths.tsx";
import { usePastedPairs } from "./Paste.tsx";
import { Preview } from "./Preview.tsx";
import { Reading } from "./Reading.tsx";
import { Report } from "./Report.tsx";
import { SplitPanel } from "./SplitPanel.tsx";

/** Where trust starts: what the file holds, what is wrong with it, and how it is cut. */
export default function DataScreen() {
  const { report, reportProblem } = useDatasets((state) => state);
  const { status, problem, current, reading, readProblem, dismissProblem, splitting, splitProblem, close } =
    useDatasets((state) => state);
  const navigate = useNavigate();
  usePastedPairs();
  const missing = !current
    ? "Choose a data set"
    : reportProblem
      ? "Solve the problem in the report"
      : !report
        ? "Wait while the pairs are checked"
        : splitting
          ? "Wait while the split is made"
          : splitProblem
            ? "Solve the problem in the split"
            : current.summary.missing;
  return (
    <Page
      title="Data"
      lead="Pairs of a question and the document that answers it. They are checked and split here; nothing is uploaded."
      action={
        current && (
          <PrimaryAction
            missing={missing}
            onClick={() => void navigate("/train")}
            rightSection={<IconArrowRight size={18} aria-hidden />}
          >
            Continue to Train
          </PrimaryAction>
        )
      }
    >
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
      {current ? (
        <>
          <Group justify="space-between" align="center">
            <DatasetHeader />
            <CloseButton aria-label="Close this data set" onClick={close} title="Close; it stays stored" />
          </Group>
          {current.unsaved && <ProblemPanel problem={current.unsaved} tone="ochre" />}
          <Report dataset={current} />
          <Columns dataset={current} />
          <BadLines dataset={current} />
          <Flagged dataset={current} />
          <Preview dataset={current} />
          <Lengths dataset={current} />
          <SplitPanel dataset={current} />
          <Extras dataset={current} />
        </>
      ) : (
        status !== "loading" && !reading && <EmptyData />
      )}
    </Page>
  );
}
