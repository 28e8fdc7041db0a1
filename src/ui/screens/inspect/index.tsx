import { Anchor, Button, Skeleton } from "@mantine/core";
import { IconListSearch } from "@tabler/icons-react";
import { Link } from "react-router";
import { useRuns } from "../../../app/runs/hooks.ts";
import { EmptyState } from "../../components/EmptyState.tsx";
import { MissingRun } from "../../components/MissingRun.tsx";
import { WithRunContents } from "../../components/WithRunContents.tsx";
import { Page } from "../../components/Page.tsx";
import { useSelectedRun } from "../../shell/useSelectedRun.ts";
import { Workbench } from "./Workbench.tsx";

/** Which queries got better and worse, and why. */
export default function InspectScreen() {
  const { run, missing, select } = useSelectedRun();
  const status = useRuns((state) => state.status);
  const scored = run?.baseline && run.tuned ? run : null;
  return (
    <Page
      title="Inspect"
      lead={
        scored
          ? `${scored.name}: which test queries won and lost, and why.`
          : "Which test queries won and lost, and why."
      }
      action={
        scored && (
          <Anchor component={Link} to={`/compare?run=${scored.id}`}>
            Compare the figures
          </Anchor>
        )
      }
    >
      {status === "loading" && <Skeleton height={320} radius="md" aria-label="Loading the runs" />}
      {missing && <MissingRun onNewest={() => select(null)} />}
      {status === "ready" && !scored && !missing && (
        <EmptyState
          icon={IconListSearch}
          title={run ? `${run.name} has no test scores yet` : "No queries to read yet"}
          action={
            <Button component={Link} to={run ? `/train?run=${run.id}` : "/train"}>
              {run ? "Look at the run" : "Train a model"}
            </Button>
          }
        >
          Numbers tell whether a model is better; reading the queries tells why. After a run you see each test query
          here with the first ten documents of baseline and tuned model, and can flag bad pairs.
        </EmptyState>
      )}
      {scored && (
        <WithRunContents key={scored.id} run={scored}>
          {(whole) => <Workbench run={whole} />}
        </WithRunContents>
      )}
    </Page>
  );
}
