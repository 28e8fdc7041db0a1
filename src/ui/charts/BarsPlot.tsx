import { useComputedColorScheme } from "@mantine/core";
import { useId } from "react";
import { Bar, BarChart, CartesianGrid, ErrorBar, Tooltip, XAxis, YAxis } from "recharts";
import { axisProps } from "./axis.ts";
import { at } from "../../domain/present.ts";
import { percentForms } from "./format.ts";
import { labelledTicks, niceTicks } from "./ticks.ts";
import { categories, errorOf, heights, type ModelValues } from "./groups.ts";
import { GroupTooltip } from "./GroupTooltip.tsx";
import { INK, seriesStyle, SURFACE, type SeriesLook } from "./palette.ts";

interface PlotProps {
  title: string;
  summary: string;
  models: readonly ModelValues[];
  format: (value: number) => string;
}

/** Stripes stand for dashes: each look has its own direction, the tuned model is solid. */
const stripes = (look: SeriesLook): number | null => {
  if (look === "tuned" || look === 0) return null;
  if (look === "baseline") return 45;
  if (look === "bm25") return 135;
  if (look === "hybrid-baseline") return 0;
  if (look === "hybrid-tuned") return 90;
  return look * 30;
};

/** Grouped bars from zero, with interval whiskers. */
export function BarsPlot({ title, summary, models, format }: PlotProps) {
  const scheme = useComputedColorScheme("light");
  const ink = INK[scheme];
  const id = useId();
  const levels = labelledTicks(niceTicks(heights(models), { zero: true, most: 1 }), percentForms);
  const rows = categories(models).map((category) => {
    const row: Record<string, unknown> = { category };
    models.forEach(({ values }, index) => {
      const found = values.find(({ name }) => name === category);
      if (!found) return;
      row[`value${index}`] = found.value;
      row[`error${index}`] = errorOf(found);
    });
    return row;
  });
  return (
    <BarChart
      responsive
      data={rows}
      title={title}
      desc={summary}
      style={{ width: "100%", height: "100%" }}
      margin={{ top: 8, right: 16, bottom: 4, left: 0 }}
      barGap={2}
      barCategoryGap="22%"
    >
      <defs>
        {models.map(({ look }, index) => {
          const angle = stripes(look);
          return angle === null ? null : (
            <pattern
              key={index}
              id={`${id}-${index}`}
              width={6}
              height={6}
              patternUnits="userSpaceOnUse"
              patternTransform={`rotate(${angle})`}
            >
              <rect width={6} height={6} fill={seriesStyle(look, scheme).color} />
              <rect width={1.5} height={6} fill={SURFACE[scheme]} fillOpacity={0.75} />
            </pattern>
          );
        })}
      </defs>
      <CartesianGrid stroke={ink.grid} vertical={false} />
      <XAxis {...axisProps(ink)} dataKey="category" />
      <YAxis
        {...axisProps(ink)}
        width={56}
        domain={[0, at(levels.ticks, -1)]}
        ticks={levels.ticks}
        interval={0}
        tickFormatter={levels.label}
      />
      <Tooltip
        isAnimationActive={false}
        cursor={{ fill: ink.grid, fillOpacity: 0.5 }}
        content={({ active, label }) =>
          active && label !== undefined ? (
            <GroupTooltip models={models} category={String(label)} format={format} />
          ) : null
        }
      />
      {models.map(({ id: key, label, look }, index) => {
        const { color } = seriesStyle(look, scheme);
        return (
          <Bar
            key={key}
            dataKey={`value${index}`}
            name={label}
            fill={stripes(look) === null ? color : `url(#${id}-${index})`}
            stroke={color}
            isAnimationActive={false}
            maxBarSize={44}
          >
            <ErrorBar
              dataKey={`error${index}`}
              stroke={ink.text}
              strokeWidth={1.5}
              width={4}
              isAnimationActive={false}
            />
          </Bar>
        );
      })}
    </BarChart>
  );
}
