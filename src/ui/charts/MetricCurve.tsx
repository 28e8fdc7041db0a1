import { ChartFrame } from "./ChartFrame.tsx";
import { CurvePlot } from "./CurvePlot.tsx";
import { percent } from "./format.ts";
import { groupsTable, type ModelValues } from "./groups.ts";
import { summarizeGroups } from "./summary.ts";

/** Metrics as curves over steps of one setting, with 95 % intervals where they were computed. */
export function MetricCurve(props: {
  title: string;
  /** What the steps are, for the table. */
  heading: string;
  series: readonly ModelValues[];
  height?: number;
}) {
  const { title, heading, series, height = 260 } = props;
  const summary = summarizeGroups(title, series.slice(0, 1));
  return (
    <ChartFrame
      title={title}
      summary={summary}
      height={height}
      legend={series.map(({ label, look }) => ({ label, look }))}
      table={groupsTable(series, heading, percent)}
    >
      <CurvePlot title={title} summary={summary} models={series} format={(share) => percent(share, 0)} />
    </ChartFrame>
  );
}
