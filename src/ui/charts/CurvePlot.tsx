import { useComputedColorScheme } from "@mantine/core";
import { CartesianGrid, ErrorBar, Line, LineChart, Tooltip, XAxis, YAxis } from "recharts";
import { at } from "../../domain/present.ts";
import { axisProps } from "./axis.ts";
import { percentForms } from "./format.ts";
import { categories, errorOf, heights, type ModelValues } from "./groups.ts";
import { GroupTooltip } from "./GroupTooltip.tsx";
import { Marker } from "./Marker.tsx";
import { INK, seriesStyle } from "./palette.ts";
import { labelledTicks, niceTicks } from "./ticks.ts";

interface PlotProps {
  title: string;
  summary: string;
  models: readonly ModelValues[];
  format: (value: number) => string;
}

/** Share of a category's width by which models stand apart, so that their intervals do not cover each other. */
const DODGE = 0.07;

/**
 * One line a model over evenly spaced categories, with interval whiskers. Each row is one model in one category, so that the cursor
 * reaches every category by mouse and by arrow keys.
 */
export function CurvePlot({ title, summary, models, format }: PlotProps) {
  const scheme = useComputedColorScheme("light");
  const ink = INK[scheme];
  const names = categories(models);
  const levels = labelledTicks(niceTicks(heights(models), { most: 1 }), percentForms);
  const rows = models
    .flatMap(({ values }, index) =>
      values.map((entry) => ({
        x: names.indexOf(entry.name) + (index - (models.length - 1) / 2) * DODGE,
        [`value${index}`]: entry.value,
        [`error${index}`]: errorOf(entry),
      })),
    )
    .sort((a, b) => a.x - b.x);
  return (
    <LineChart
      responsive
      data={rows}
      title={title}
      desc={summary}
      style={{ width: "100%", height: "100%" }}
      margin={{ top: 8, right: 16, bottom: 4, left: 0 }}
    >
      <CartesianGrid stroke={ink.grid} vertical={false} />
      <XAxis
        {...axisProps(ink)}
        dataKey="x"
        type="number"
        domain={[-0.4, names.length - 0.6]}
        ticks={names.map((_, index) => index)}
        interval={0}
        tickFormatter={(place: number) => names[place] ?? ""}
      />
      <YAxis
        {...axisProps(ink)}
        type="number"
        width={56}
        domain={[at(levels.ticks, 0), at(levels.ticks, -1)]}
        ticks={levels.ticks}
        interval={0}
        tickFormatter={levels.label}
      />
      <Tooltip
        isAnimationActive={false}
        cursor={{ stroke: ink.grid, strokeWidth: 24 }}
        content={({ active, label }) => {
          const category = names[Math.round(Number(label))];
          return active && category ? <GroupTooltip models={models} category={category} format={format} /> : null;
        }}
      />
      {models.map(({ id, label, look, values }, index) => {
        const style = seriesStyle(look, scheme);
        return (
          <Line
            key={id}
            dataKey={`value${index}`}
            name={label}
            stroke={style.color}
            strokeWidth={2}
            strokeDasharray={style.dash}
            connectNulls
            isAnimationActive={false}
            activeDot={false}
            dot={({ cx, cy, key, value }) =>
              cx === undefined || cy === undefined || value === undefined || value === null ? null : (
                <Marker key={key} x={cx} y={cy} style={style} size={56} />
              )
            }
          >
            {values.some(({ interval }) => interval) && (
              <ErrorBar
                dataKey={`error${index}`}
                direction="y"
                stroke={style.color}
                strokeWidth={1.5}
                width={4}
                isAnimationActive={false}
              />
            )}
          </Line>
        );
      })}
    </LineChart>
  );
}
