import { BarsPlot } from "./BarsPlot.tsx";
import { ChartFrame } from "./ChartFrame.tsx";
import { percent } from "./format.ts";
import { groupsTable, type ModelValues } from "./groups.ts";
import { summarizeGroups } from "./summary.ts";

const CAPTION = "All three count a right document more the higher it stands, with 95 % intervals.";

/** Bars of several metrics side by side, for example NDCG@10, MRR@10 and MAP@100. */
export function MetricBars({
  title,
  models,
  height = 300,
  note = null,
}: {
  title: string;
  models: readonly ModelValues[];
  height?: number;
  /** What a reader must know before the figures. */
  note?: string | null;
}) {
  const summary = summarizeGroups(title, models);
  return (
    <ChartFrame
      title={title}
      summary={summary}
      caption={note ? `${CAPTION} ${note}` : CAPTION}
      height={height}
      legend={models.map(({ label, look }) => ({ label, look }))}
      table={groupsTable(models, "Metric", percent)}
    >
      <BarsPlot title={title} summary={summary} models={models} format={(share) => percent(share, 0)} />
    </ChartFrame>
  );
}
