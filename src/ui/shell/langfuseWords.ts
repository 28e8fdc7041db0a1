import type { LangfuseStatus } from "../../domain/telemetry/experiment.ts";
import { whole } from "../components/format.ts";
import type { Tone } from "./StatusChip.tsx";

/** What the chip shows: trouble first, then what was lost, then what waits. */
export const chipOf = (status: LangfuseStatus | null): { value: string; tone: Tone } => {
  if (!status) return { value: "unknown", tone: "idle" };
  const { connected, queued, dropped, lastError } = status;
  if (!connected) return { value: "not connected", tone: "idle" };
  const waiting = queued > 0 ? `, ${whole(queued)} queued` : "";
  if (lastError) return { value: `failing${waiting}`, tone: "bad" };
  if (dropped > 0) return { value: `connected${waiting}, ${whole(dropped)} dropped`, tone: "warn" };
  return { value: `connected${waiting}`, tone: "good" };
};

/** Why the last delivery failed, as a sentence that says what to do. */
export const reasonOf = (code: string): string => {
  if (code === "unreachable") return "Langfuse does not answer. Everything waits and is sent when it does.";
  if (code === "http-401" || code === "http-403")
    return "Langfuse refuses the keys. Correct them on the server; everything waits until then.";
  if (code === "http-429") return "Langfuse asked to wait. The rest is sent when it allows it.";
  if (code === "queue-full") return "The queue was full, so the oldest traces were given up.";
  if (code === "disk-full" || code === "disk-error") return "The server's disk did not take the traces.";
  if (/^http-5\d\d$/.test(code)) return "Langfuse has trouble of its own. Everything waits and is tried again.";
  if (/^http-4\d\d$/.test(code)) return "Langfuse refused some traces; they were given up, the others are sent.";
  return "Something went wrong on the way to Langfuse; the server's log says more.";
};
