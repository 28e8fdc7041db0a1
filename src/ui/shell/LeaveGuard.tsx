import { useEffect } from "react";
import { useLiveRun } from "../../app/runs/hooks.ts";

/**
 * Asks before the page closes while a run is under way. Moving between screens needs no question: the run lives in a
 * worker and goes on.
 */
export const LeaveGuard = () => {
  const running = useLiveRun((state) => state.live !== null);
  useEffect(() => {
    if (!running) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", ask);
    return () => window.removeEventListener("beforeunload", ask);
  }, [running]);
  return null;
};
