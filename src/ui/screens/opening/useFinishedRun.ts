import { useEffect, useState } from "react";
import { FINISHED_RUN, finishedRunSchema, type FinishedRun } from "./finishedRun.ts";

/** The finished run that ships with the studio; null while it is read, and when none ships. */
export const useFinishedRun = (): FinishedRun | null => {
  const [run, setRun] = useState<FinishedRun | null>(null);
  useEffect(() => {
    const left = new AbortController();
    fetch(FINISHED_RUN, { signal: left.signal, headers: { accept: "application/json" } })
      .then(async (answer) => (answer.ok ? finishedRunSchema.parse(await answer.json()) : null))
      .then(setRun)
      .catch((thrown: unknown) => {
        // The page left it, or the server is down: nothing is shown then. A file that is wrong is a fault of the build.
        if (thrown instanceof Error && thrown.name === "ZodError") reportError(thrown);
      });
    return () => left.abort();
  }, []);
  return run;
};
