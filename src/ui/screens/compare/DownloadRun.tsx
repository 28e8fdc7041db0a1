import { useForms } from "../../../app/forms/hooks.ts";
import { useLiveRun } from "../../../app/runs/hooks.ts";
import { present } from "../../../domain/present.ts";
import type { RunRecord } from "../../../domain/run/types.ts";
import { DownloadMenu } from "../../components/forms/DownloadMenu.tsx";

/** A finished run's model, in any form, made in this browser. */
export const DownloadRun = ({ run }: { run: RunRecord }) => {
  const adapter = useLiveRun((state) => state.downloadArtifact);
  const form = useForms((state) => state.ofRun);
  return (
    <DownloadMenu
      size="md"
      adapterBytes={present(run.artifact, "artifact").bytes}
      onAdapter={() => adapter(run.id)}
      run={run}
      here
      onForm={(choice, measure) => form(run, choice.form, choice.dtype, measure)}
    />
  );
};
