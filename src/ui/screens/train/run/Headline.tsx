import { Group } from "@mantine/core";
import { useEffect, useState } from "react";
import type { RunRecord } from "../../../../domain/run/types.ts";
import type { LiveRun } from "../../../../app/runs/reducer.ts";
import { bytes, compact, rate, duration, roughDuration, percent, points, whole } from "../../../components/format.ts";
import { Term } from "../../../components/Term.tsx";
import { Figure } from "../../../components/Figure.tsx";
import { Panel } from "../../../components/Panel.tsx";
import { toneOf } from "./tone.ts";

/** Recall@10 of tuned against baseline: on dev while the run goes on, on test once it was scored. */
const recallOf = (run: RunRecord) => {
  if (run.baseline && run.tuned)
    return {
      on: `${run.tuned.queries} test queries`,
      baseline: run.baseline.metrics["recall@10"],
      tuned: run.tuned.metrics["recall@10"] as number | null,
    };
  const { baseline, last } = run.dev;
  if (!baseline) return null;
  return {
    on: "dev queries",
    baseline: baseline.metrics["recall@10"],
    tuned: last && last.step > 0 ? last.metrics["recall@10"] : null,
  };
};

/** The figures that matter, in one line. */
export const Headline = ({ run, live }: { run: RunRecord; live: Omit<LiveRun, "series"> | null }) => {
  const recall = recallOf(run);
  const step = live?.step ?? run.lastStep;
  const gain = recall && recall.tuned !== null ? recall.tuned - recall.baseline : null;
  return (
    <Panel>
      <Group gap="20px 48px" align="flex-start" wrap="wrap">
        <Figure
          size="lg"
          label={recall ? `Recall@10 on ${recall.on}` : "Recall@10"}
          value={recall ? percent(recall.tuned ?? recall.baseline) : "–"}
          tone={toneOf(run)}
          detail={
            !recall
              ? "Scored before the first step"
              : gain === null
                ? "The baseline; the tuned model is scored next"
                : `${points(gain)} points against the baseline's ${percent(recall.baseline)}`
          }
        />
        {!run.tuned && run.baseline && (
          <Figure
            label="Baseline on the test"
            value={percent(run.baseline.metrics["recall@10"])}
            detail={`${whole(run.baseline.queries)} questions`}
          />
        )}
        {run.bm25 && (
          <Figure
            label={<Term of="BM25">BM25 on the test</Term>}
            value={percent(run.bm25.metrics["recall@10"])}
            detail="matches words only"
          />
        )}
        {step && (
          <>
            <Figure label="Loss" value={compact(step.loss)} detail={`gradient norm ${compact(step.gradNorm)}`} />
            <Figure
              label="Speed"
              value={`${rate(step.pairsPerSecond)} pairs/s`}
              detail={`${rate(step.tokensPerSecond)} tokens/s`}
            />
            <Figure label="Memory in use" value={bytes(step.bytes)} />
            {live && live.stage === "train" && step.step < step.totalSteps && (
              <Figure label="Time left" value={live.phase === "paused" ? "paused" : duration(step.etaSeconds)} />
            )}
            {live && <SinceStart run={run} />}
          </>
        )}
      </Group>
    </Panel>
  );
};

/** What the run has taken beside what it was to take; a pause counts, too. */
const SinceStart = ({ run: { createdAt, plannedSeconds } }: { run: RunRecord }) => {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const clock = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(clock);
  }, []);
  return (
    <Figure
      label="Since the start"
      value={duration(Math.max(0, now - Date.parse(createdAt)) / 1000)}
      detail={plannedSeconds !== undefined && `about ${roughDuration(plannedSeconds)} planned in all`}
    />
  );
};
