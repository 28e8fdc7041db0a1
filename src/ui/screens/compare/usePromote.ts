import { useNavigate } from "react-router";
import type { RunRecord } from "../../../domain/run/types.ts";
import { useModels } from "../../../app/registry/hooks.ts";

/** Takes a run to the gate: uploads its artifact unless the registry has it, then opens the gate if the person is still there. */
export const usePromote = () => {
  const navigate = useNavigate();
  const uploadRun = useModels((state) => state.uploadRun);
  return async (run: RunRecord) => {
    if (run.registryVersion !== null) return void navigate(`/models?promote=${run.registryVersion}`);
    void navigate("/models");
    const version = await uploadRun(run.id);
    if (version !== null && window.location.pathname === "/models") void navigate(`/models?promote=${version}`);
  };
};
