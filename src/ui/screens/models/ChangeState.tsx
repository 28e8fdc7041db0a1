import { Button } from "@mantine/core";
import { useState } from "react";
import type { ModelVersion } from "../../../domain/api/index.ts";
import { toProblem, type Problem } from "../../../domain/errors.ts";
import { useModels } from "../../../app/registry/hooks.ts";
import { ProblemLine } from "../../components/ProblemLine.tsx";

/** Puts a version aside, or takes it back. What serves, or would serve after a roll back, stays. */
export const ChangeState = ({ version: { version, state } }: { version: ModelVersion }) => {
  const archive = useModels((models) => models.archive);
  const restore = useModels((models) => models.restore);
  const [problem, setProblem] = useState<Problem | null>(null);
  if (state !== "candidate" && state !== "archived") return null;
  const task =
    state === "candidate"
      ? () => archive(version, "Archived in the studio")
      : () => restore(version, "Restored in the studio");
  return (
    <>
      <ProblemLine problem={problem} />
      <Button
        size="xs"
        variant="default"
        onClick={() =>
          task().then(
            () => setProblem(null),
            (thrown: unknown) => setProblem(toProblem(thrown)),
          )
        }
      >
        {state === "candidate" ? "Archive" : "Restore"}
      </Button>
    </>
  );
};
