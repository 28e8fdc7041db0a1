import { useEffect } from "react";
import { useLiveRun } from "../../app/runs/hooks.ts";
import type { LiveRun } from "../../app/runs/reducer.ts";
import { screenOf } from "./screens.ts";

/** What a tab in the background shows: `42 % · Train · Recall Studio`. */
export const pageTitle = (pathname: string, live: Pick<LiveRun, "stage" | "phase" | "step"> | null): string => {
  const screen = screenOf(pathname);
  const words = [screen?.title, "Recall Studio"];
  if (live) {
    const { stage, phase, step } = live;
    const share = step && step.totalSteps > 0 ? `${Math.floor((100 * step.step) / step.totalSteps)} %` : "…";
    words.unshift(
      phase === "paused"
        ? "Paused"
        : stage === "train"
          ? share
          : stage === "evaluate" || stage === "export"
            ? "Scoring"
            : "…",
    );
  }
  return words.filter(Boolean).join(" · ");
};

/** Keeps the tab's title at the screen and the run's progress. */
export const usePageTitle = (pathname: string): void => {
  const title = useLiveRun((state) => pageTitle(pathname, state.live));
  useEffect(() => {
    document.title = title;
  }, [title]);
};
