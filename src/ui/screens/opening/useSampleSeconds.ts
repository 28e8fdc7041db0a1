import { useEffect } from "react";
import { useEngine } from "../../../app/device/hooks.ts";
import { useSampleForecast } from "../../../app/runs/hooks.ts";

/** Seconds that the default run on the sample takes here, found in the background while the opening is shown; null until then. */
export const useSampleSeconds = (): number | null => {
  const known = useEngine((state) => state.device !== null);
  const { seconds, find, stop } = useSampleForecast((state) => state);
  useEffect(() => {
    if (known) void find();
    return stop;
  }, [known, find, stop]);
  return seconds;
};
