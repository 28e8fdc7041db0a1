import { useEffect, useRef } from "react";
import { useEngine } from "../../../../app/device/hooks.ts";
import { sameBase } from "../../../../app/device/store.ts";
import { useForecast } from "../../../../app/runs/hooks.ts";
import type { RunChoice } from "../../../../app/runs/liveStore.ts";

/** A person who is still choosing is not measured for. */
const SETTLED_MS = 700;

/**
 * Measures what the chosen run will take, as soon as it could start and nothing changes any more. A base that would have
 * to be fetched first is not: that is the person's choice.
 */
export const useBackgroundForecast = (choice: RunChoice | null, ready: boolean): void => {
  const measure = useForecast((state) => state.measure);
  const wanted = useForecast((state) => ready && choice !== null && state.open(choice));
  const device = useEngine((state) => state.device);
  const free = useEngine((state) => choice?.base.source === "bundled" || sameBase(state.loaded, choice?.base ?? null));
  const latest = useRef(choice);
  useEffect(() => {
    latest.current = choice;
  });
  const settings = choice && JSON.stringify([choice.dataset.summary.id, choice.base, choice.hyperparameters]);
  useEffect(() => {
    if (!wanted || !free || device === null) return;
    const timer = setTimeout(() => latest.current && void measure(latest.current), SETTLED_MS);
    return () => clearTimeout(timer);
  }, [wanted, free, device, measure, settings]);
};
