import { useEffect, useState } from "react";

/** Longer than this no chart is held back; large tests resample for many seconds. */
const PATIENCE_MS = 3_000;

/** Whether charts may be drawn: once all figures were there, so that axes do not jump under the reader, or it took too long. */
export const useSteady = (settled: boolean): boolean => {
  const [steady, setSteady] = useState(settled);
  useEffect(() => {
    const timer = setTimeout(() => setSteady(true), settled ? 0 : PATIENCE_MS);
    return () => clearTimeout(timer);
  }, [settled]);
  return steady;
};
