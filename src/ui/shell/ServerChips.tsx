import { useServer } from "../../app/settings/hooks.ts";
import type { ServerStatus } from "../../app/settings/ports.ts";
import { LangfuseChip } from "./LangfuseChip.tsx";
import { StatusChip, type Tone } from "./StatusChip.tsx";

const STATES: Record<Exclude<ServerStatus["state"], "down">, { value: string; tone: Tone; detail: string }> = {
  up: { value: "up", tone: "good", detail: "The server answers" },
  degraded: { value: "degraded", tone: "warn", detail: "The server answers, but something is missing" },
  failed: { value: "failing", tone: "bad", detail: "The server answers, but cannot do its work" },
  slow: { value: "busy", tone: "warn", detail: "The server has not answered in time; it may be working hard" },
};

/** Production model, server and Langfuse. A server that is down is a calm fact: tuning needs none. */
export const ServerChips = () => {
  const status = useServer((state) => state.status);
  if (!status) return <StatusChip name="Server" value="asking…" tone="idle" detail="Asking the server" />;
  if (status.state === "down")
    return (
      <StatusChip
        name="Server"
        value="not running"
        tone="warn"
        detail="Training and comparing work without it. Start it with npm start to promote models and to search."
      />
    );
  const { value, tone, detail } = STATES[status.state];
  const chip = <StatusChip name="Server" value={value} tone={tone} detail={status.detail ?? detail} />;
  if (status.state === "slow") return chip;
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
      {chip}
      <LangfuseChip status={langfuse} />
    </>
  );
};
