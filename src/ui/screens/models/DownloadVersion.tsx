import { Button } from "@mantine/core";
import { IconFileZip } from "@tabler/icons-react";
import { useState } from "react";
import { useModels } from "../../../app/registry/hooks.ts";
import { toProblem, type Problem } from "../../../domain/errors.ts";
import { bytes } from "../../charts/index.ts";
import { ProblemLine } from "../../components/ProblemLine.tsx";

/** All files of a version as one zip. */
export const DownloadVersion = (props: { version: string; bytes: number }) => {
  const download = useModels((state) => state.download);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const go = () => {
    setBusy(true);
    setProblem(null);
    download(props.version)
      .catch((thrown: unknown) => setProblem(toProblem(thrown)))
      .finally(() => setBusy(false));
  };
  return (
    <>
      <ProblemLine problem={problem} />
      <Button
        size="xs"
        variant="default"
        loading={busy}
        leftSection={<IconFileZip size={15} aria-hidden />}
        onClick={go}
      >
        Download, {bytes(props.bytes)}
      </Button>
    </>
  );
};
