import { useComputedColorScheme } from "@mantine/core";
import { useMemo } from "react";
import { CartesianGrid, Line, LineChart, ReferenceDot, ReferenceLine, Tooltip, XAxis, YAxis } from "recharts";
import { axisProps } from "./axis.ts";
import { ChartFrame } from "./ChartFrame.tsx";
import { ChartTooltip } from "./ChartTooltip.tsx";
import { decimate, toRows } from "./decimate.ts";
import { at } from "../../domain/present.ts";
import { capitalized, compact, compactForms, percentForms, whole } from "./format.ts";
import { labelledTicks, niceTicks } from "./ticks.ts";
import { Marker } from "./Marker.tsx";
import { INK, seriesStyle, type SeriesLook } from "./palette.ts";
import { summarizeLine } from "./summary.ts";

export interface LineSeries {
  id: string;
  label: string;
  look: SeriesLook;
  points: readonly { x: number; y: number }[];
  /** A raw series behind its smoothed one: thin and pale, left out of the sentence. */
  faint?: boolean;
}
export interface LineSeriesChartProps {
  title: string;
  /** Singular noun of the abscissa: `step`. */
  xLabel: string;
  series: readonly LineSeries[];
  /** A level to measure against, drawn dashed across the whole width from the start. */
  baseline?: { label: string; value: number };
  /** The checkpoint that is kept, and the metric by which it is the best, which may be another than is drawn. */
  kept?: { x: number; y: number; by: string };
  /** Charts with the same id share their cursor. */
  syncId?: string;
  /** Full extent of the abscissa, so that a live chart fills up instead of rescaling. */
  xDomain?: readonly [number, number];
  format?: (value: number) => string;
  height?: number;
}

/** Live series over steps. Nothing moves by itself, at most about 800 points are drawn, and spikes stay. */
export function LineSeriesChart({
  title,
  xLabel,
  series,
  baseline,
  kept,
  syncId,
  xDomain,
  format = compact,
  height = 220,
}: LineSeriesChartProps) {
  const scheme = useComputedColorScheme("light");
  const ink = INK[scheme];
  const rows = useMemo(
    () =>
      decimate(
        toRows(series),
        series.map(({ id }) => id),
      ),
    [series],
  );
  const total = useMemo(() => new Set(series.flatMap(({ points }) => points.map(({ x }) => x))).size, [series]);
  const table = useMemo(() => {
    const shown = decimate(
      rows,
      series.map(({ id }) => id),
      200,
    );
    return {
      columns: [capitalized(xLabel), ...series.map(({ label }) => label)],
      rows: shown.map((row) => [
        whole(row.x),
        ...series.map(({ id }) => (row[id] === undefined ? "" : format(row[id]))),
      ]),
      note: shown.length < total ? `${shown.length} of ${whole(total)} rows; every spike is kept.` : undefined,
    };
  }, [rows, series, total, xLabel, format]);
  const legend = [
    ...series.map(({ label, look }) => ({ label, look })),
    ...(baseline ? [{ label: `${baseline.label} ${format(baseline.value)}`, look: "baseline" as const }] : []),
  ];
  const summary = summarizeLine(
    title,
    xLabel,
    series.filter(({ faint }) => !faint),
    { format, baseline, kept },
  );
  // Axes follow what is drawn at this moment: their ticks are computed with the points, never left over from fewer of them.
  const extent: [number, number] = xDomain
    ? [xDomain[0], xDomain[1]]
    : rows.length
      ? [at(rows, 0).x, at(rows, -1).x]
      : [0, 1];
  const levels = labelledTicks(
    niceTicks(
      [
        ...rows.flatMap((row) => series.flatMap(({ id }) => row[id] ?? [])),
        ...(baseline ? [baseline.value] : []),
        ...(kept ? [kept.y] : []),
      ],
      isShare(format) ? { most: 1 } : {},
    ),
    [format, ...(isShare(format) ? percentForms : compactForms)],
  );
  const reference = seriesStyle("baseline", scheme);
  return (
    <ChartFrame title={title} summary={summary} legend={legend.length > 1 ? legend : []} table={table} height={height}>
      <LineChart
        responsive
        data={rows}
        syncId={syncId}
        syncMethod="value"
        title={title}
        desc={summary}
        style={{ width: "100%", height: "100%" }}
        margin={{ top: 8, right: 12, bottom: 4, left: 0 }}
      >
        <CartesianGrid stroke={ink.grid} vertical={false} />
        <XAxis
          {...axisProps(ink)}
          dataKey="x"
          type="number"
          domain={extent}
          ticks={niceTicks(extent, { count: 5, whole: true, within: true })}
          interval="preserveStart"
          minTickGap={16}
          tickFormatter={whole}
        />
        <YAxis
          {...axisProps(ink)}
          width={56}
          domain={[at(levels.ticks, 0), at(levels.ticks, -1)]}
          ticks={levels.ticks}
          interval={0}
          tickFormatter={levels.label}
        />
        <Tooltip isAnimationActive={false} content={<ChartTooltip xLabel={xLabel} format={format} />} />
        {baseline && (
          <ReferenceLine
            y={baseline.value}
            stroke={reference.color}
            strokeDasharray={reference.dash}
            strokeWidth={1.5}
            ifOverflow="extendDomain"
          />
        )}
        {series.map(({ id, label, look, faint, points }) => {
          const style = seriesStyle(look, scheme);
          const sparse = points.length <= 40 && !faint;
          return (
            <Line
              key={id}
              dataKey={id}
              name={label}
              stroke={style.color}
              strokeWidth={faint ? 1 : 2}
              strokeOpacity={faint ? 0.45 : 1}
              strokeDasharray={faint ? "" : style.dash}
              dot={
                sparse
                  ? ({ cx, cy, key }) =>
                      cx === undefined || cy === undefined ? null : (
                        <Marker key={key} x={cx} y={cy} size={28} style={style} />
                      )
                  : false
              }
              activeDot={!faint}
              isAnimationActive={false}
              connectNulls
            />
          );
        })}
        {kept && (
          <ReferenceDot
            x={kept.x}
            y={kept.y}
            r={7}
            fill="none"
            stroke={seriesStyle("tuned", scheme).color}
            strokeWidth={2}
            ifOverflow="extendDomain"
            label={{ value: "kept", position: "top", fill: ink.text, fontSize: 12 }}
          />
        )}
      </LineChart>
    </ChartFrame>
  );
}

/** Whether figures are written as percentages. */
const isShare = (format: (value: number) => string): boolean => format(0.5).includes("%");
