import { Button } from "@mantine/core";
import { ProblemPanel } from "./ProblemPanel.tsx";

/** Said where a link names a run that is not here. */
export const MissingRun = ({ onNewest }: { onNewest: () => void }) => (
  <ProblemPanel
    tone="ochre"
    problem={{
      code: "run-missing",
      message: "The run of this link is not stored in this browser.",
      hint: "Runs stay in the browser that trained them. Choose one of those that are here.",
    }}
  >
    <Button variant="default" onClick={onNewest}>
      Show the newest run
    </Button>
  </ProblemPanel>
);
