import { useSearchParams } from "react-router";
import type { RunRecord } from "../../domain/run/types.ts";
import { useRuns } from "../../app/runs/hooks.ts";

/**
 * The run that the address names (`?run=<id>`), or the newest one that has figures when it names none. `missing` is
 * true when the address names a run this browser does not have.
 */
export const useSelectedRun = (): {
  run: RunRecord | null;
  missing: boolean;
  select: (id: string | null) => void;
} => {
  const [params, setParams] = useSearchParams();
  const id = params.get("run");
  const runs = useRuns((state) => state.runs);
  const ready = useRuns((state) => state.status === "ready");
  const run =
    id === null ? (runs.find(({ tuned }) => tuned !== null) ?? null) : (runs.find((one) => one.id === id) ?? null);
  return {
    run,
    missing: ready && id !== null && run === null,
    select: (next) =>
      setParams((now) => {
        const changed = new URLSearchParams(now);
        if (next === null) changed.delete("run");
        else changed.set("run", next);
        return changed;
      }),
  };
};
