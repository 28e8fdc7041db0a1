import { useServer } from "../../app/settings/hooks.ts";
import { LangfuseChip } from "./LangfuseChip.tsx";
import { StatusChip } from "./StatusChip.tsx";

/** Production model, server and Langfuse. A server that is down is a calm fact: tuning needs none. */
export const ServerChips = () => {
  const status = useServer((state) => state.status);
  if (!status) return <StatusChip name="Server" value="asking…" tone="idle" detail="Asking the server" />;
  if (!status.reachable)
    return (
      <StatusChip
        name="Server"
        value="not running"
        tone="warn"
        detail="Tuning and comparing work without it. Start it with npm start to promote models and search."
      />
    );
  const { production, langfuse } = status;
  return (
    <>
      <StatusChip
        name="Production"
        value={production?.name ?? "baseline"}
        tone={production ? "good" : "idle"}
        detail={production ? `Version ${production.version} answers searches` : "No tuned model is promoted yet"}
        to="/models"
      />
      <StatusChip name="Server" value="up" tone="good" detail="The server answers" />
      <LangfuseChip status={langfuse} />
    </>
  );
};
