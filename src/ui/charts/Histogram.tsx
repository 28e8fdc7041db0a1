import { useComputedColorScheme } from "@mantine/core";
import { useMemo } from "react";
import { Bar, BarChart, CartesianGrid, ReferenceLine, Tooltip, XAxis, YAxis } from "recharts";
import { at } from "../../domain/present.ts";
import { ChartFrame } from "./ChartFrame.tsx";
import { OneByOne } from "../components/OneByOne.tsx";
import { ChartTooltip } from "./ChartTooltip.tsx";
import { axisProps } from "./axis.ts";
import { toBins } from "./bins.ts";
import { capitalized, counted, whole } from "./format.ts";
import { INK, seriesStyle, type SeriesLook } from "./palette.ts";
import { summarizeDistribution } from "./summary.ts";

export interface HistogramProps {
  title: string;
  /** Plural noun of the values: `tokens`. */
  unit: string;
  /** Plural noun of what is counted: `documents`. */
  counts: string;
  values: ArrayLike<number>;
  /** A limit to see the values against, such as the truncation length; the sentence says how many lie above it. */
  mark?: { label: string; value: number };
  look?: SeriesLook;
  height?: number;
}

/** Distribution of whole numbers. */
export function Histogram({ title, unit, counts, values, mark, look = "tuned", height = 200 }: HistogramProps) {
  const scheme = useComputedColorScheme("light");
  const ink = INK[scheme];
  const bins = useMemo(() => toBins(values), [values]);
  const above = useMemo(
    () => (mark ? Array.from(values).filter((value) => value > mark.value).length : 0),
    [values, mark],
  );
  const span = ({ from, to }: { from: number; to: number }) =>
    to - from <= 1 ? whole(from) : `${whole(from)} to ${whole(to - 1)}`;
  const summary =
    summarizeDistribution(title, unit, values) +
    (mark && values.length
      ? ` ${above === 0 ? "None is" : `${counted(above, "is", "are")}`} above ${mark.label} (${whole(mark.value)}).`
      : "");
  const rows = bins.map((bin) => ({ ...bin, middle: (bin.from + bin.to) / 2, name: span(bin) }));
  return (
    <ChartFrame
      title={title}
      summary={summary}
      height={height}
      table={{
        columns: [capitalized(unit), capitalized(counts)],
        rows: rows.map(({ name, count }) => [name, whole(count)]),
      }}
    >
      <BarChart
        responsive
        data={rows}
        title={title}
        desc={summary}
        style={{ width: "100%", height: "100%" }}
        margin={{ top: 16, right: 12, bottom: 4, left: 0 }}
        barCategoryGap={1}
      >
        {/* A chart is the most that the page draws at once: first its frame, then what is in it. */}
        <OneByOne>
          <>
            <CartesianGrid stroke={ink.grid} vertical={false} />
            <XAxis
              {...axisProps(ink)}
              dataKey="middle"
              type="number"
              domain={bins.length ? [at(bins, 0).from, Math.max(at(bins, -1).to, mark?.value ?? 0)] : [0, 1]}
              tickFormatter={whole}
              minTickGap={24}
            />
            <YAxis {...axisProps(ink)} width={56} allowDecimals={false} tickFormatter={whole} />
          </>
          <>
            <Tooltip
              isAnimationActive={false}
              cursor={{ fill: ink.grid }}
              content={({ active, payload }) => (
                <ChartTooltip
                  active={active}
                  payload={payload}
                  label={`${payload?.[0]?.payload?.name ?? ""} ${unit}`}
                  format={whole}
                />
              )}
            />
            <Bar dataKey="count" name={counts} fill={seriesStyle(look, scheme).color} isAnimationActive={false} />
            {mark && (
              <ReferenceLine
                x={mark.value}
                stroke={ink.text}
                strokeDasharray="4 3"
                label={{ value: mark.label, position: "insideTopRight", fill: ink.text, fontSize: 12 }}
              />
            )}
          </>
        </OneByOne>
      </BarChart>
    </ChartFrame>
  );
}
