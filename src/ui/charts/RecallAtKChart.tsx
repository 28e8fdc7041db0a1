import { SegmentedControl } from "@mantine/core";
import { useState } from "react";
import { BarsPlot } from "./BarsPlot.tsx";
import { ChartFrame } from "./ChartFrame.tsx";
import { CurvePlot } from "./CurvePlot.tsx";
import { percent } from "./format.ts";
import { groupsTable, type MeasuredValue } from "./groups.ts";
import type { SeriesLook } from "./palette.ts";
import { summarizeGroups } from "./summary.ts";

export interface RecallModel {
  id: string;
  label: string;
  look: SeriesLook;
  values: readonly ({ k: number } & MeasuredValue)[];
}

const CAPTION =
  "Share of right documents among the first k results, with 95 % intervals. Overlapping intervals alone decide nothing: the verdict compares query by query.";

/** Recall@k of several models as a curve or as bars, with 95 % intervals where they were computed. */
export function RecallAtKChart({
  models,
  title = "Recall@k",
  height = 300,
  note = null,
}: {
  models: readonly RecallModel[];
  title?: string;
  height?: number;
  /** What a reader must know before the figures. */
  note?: string | null;
}) {
  const [form, setForm] = useState<"curve" | "bars">("curve");
  const named = models.map((model) => ({
    ...model,
    values: model.values.map((entry) => ({ ...entry, name: `k = ${entry.k}` })),
  }));
  // The furthest cut-off says most in one sentence; the table has them all.
  const summary = summarizeGroups(
    title,
    named.map(({ label, values }) => ({ label, values: values.slice(-1) })),
  );
  const Plot = form === "curve" ? CurvePlot : BarsPlot;
  return (
    <ChartFrame
      title={title}
      summary={summary}
      caption={note ? `${CAPTION} ${note}` : CAPTION}
      height={height}
      legend={models.map(({ label, look }) => ({ label, look }))}
      table={groupsTable(named, "Cut-off", percent)}
      controls={
        <SegmentedControl
          size="xs"
          aria-label={`Form of ${title}`}
          value={form}
          onChange={(value) => setForm(value)}
          data={[
            { value: "curve", label: "Curve" },
            { value: "bars", label: "Bars" },
          ]}
        />
      }
    >
      <Plot title={title} summary={summary} models={named} format={wholePercent} />
    </ChartFrame>
  );
}

const wholePercent = (share: number) => percent(share, 0);
