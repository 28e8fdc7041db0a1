import { Button, Stack } from "@mantine/core";
import { IconFileZip } from "@tabler/icons-react";
import { useState } from "react";
import { useLiveRun } from "../../../app/runs/hooks.ts";
import { toProblem, type Problem } from "../../../domain/errors.ts";
import { present } from "../../../domain/present.ts";
import type { RunRecord } from "../../../domain/run/types.ts";
import { bytes } from "../../charts/index.ts";
import { ProblemLine } from "../../components/ProblemLine.tsx";

/** The artifact folder of a run as one zip. */
export const DownloadArtifact = ({ run }: { run: RunRecord }) => {
  const download = useLiveRun((state) => state.downloadArtifact);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const go = () => {
    setBusy(true);
    download(run.id)
      .then(
        () => setProblem(null),
        (thrown: unknown) => setProblem(toProblem(thrown)),
      )
      .finally(() => setBusy(false));
  };
  return (
    <Stack gap={4} align="flex-end">
      <Button
        size="md"
        variant="default"
        loading={busy}
        leftSection={<IconFileZip size={18} aria-hidden />}
        onClick={go}
      >
        Download, {bytes(present(run.artifact, "artifact").bytes)}
      </Button>
      <ProblemLine problem={problem} maw={320} ta="right" />
    </Stack>
  );
};
