import { Anchor, Button } from "@mantine/core";
import { IconRouteOff } from "@tabler/icons-react";
import { Link, useSearchParams } from "react-router";
import { useRuns } from "../../../app/runs/hooks.ts";
import { EmptyState } from "../../components/EmptyState.tsx";
import { Page } from "../../components/Page.tsx";
import { RunView } from "./run/RunView.tsx";
import { Setup } from "./setup/Setup.tsx";

/** `/train` sets up a run; `/train?run=<id>` shows one, under way or over. */
export default function TrainScreen() {
  const id = useSearchParams()[0].get("run");
  const run = useRuns((state) => (id === null ? null : state.runs.find((one) => one.id === id)));
  const ready = useRuns((state) => state.status === "ready");
  if (id === null) return <Setup />;
  if (run) return <RunView run={run} key={run.id} />;
  if (!ready) return null;
  return (
    <Page title="Train">
      <EmptyState
        icon={IconRouteOff}
        title="This run is not in this browser"
        action={
          <Button component={Link} to="/train">
            Set up a run
          </Button>
        }
      >
        Runs live in the browser they were made in. Promoted versions are on the{" "}
        <Anchor component={Link} to="/models">
          Models
        </Anchor>{" "}
        screen.
      </EmptyState>
    </Page>
  );
}
