import { useComputedColorScheme } from "@mantine/core";
import { CartesianGrid, ErrorBar, Scatter, ScatterChart, Tooltip, XAxis, YAxis } from "recharts";
import { axisProps } from "./axis.ts";
import { categories, errorOf, type ModelValues } from "./groups.ts";
import { GroupTooltip } from "./GroupTooltip.tsx";
import { Marker } from "./Marker.tsx";
import { INK, seriesStyle } from "./palette.ts";

interface PlotProps {
  title: string;
  summary: string;
  models: readonly ModelValues[];
  format: (value: number) => string;
}

/** Share of a category's width by which models stand apart, so that their intervals do not cover each other. */
const DODGE = 0.07;

/** One line a model over evenly spaced categories, with interval whiskers. */
export function CurvePlot({ title, summary, models, format }: PlotProps) {
  const scheme = useComputedColorScheme("light");
  const ink = INK[scheme];
  const names = categories(models);
  return (
    <ScatterChart
      responsive
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
        tickFormatter={(at: number) => names[at] ?? ""}
      />
      <YAxis
        {...axisProps(ink)}
        dataKey="y"
        type="number"
        width={56}
        domain={["auto", "auto"]}
        tickFormatter={format}
      />
      <Tooltip
        isAnimationActive={false}
        cursor={false}
        content={({ active, payload }) => {
          const category = payload?.[0]?.payload?.category as string | undefined;
          return active && category ? <GroupTooltip models={models} category={category} format={format} /> : null;
        }}
      />
      {models.map(({ id, label, look, values }, index) => {
        const style = seriesStyle(look, scheme);
        const offset = (index - (models.length - 1) / 2) * DODGE;
        return (
          <Scatter
            key={id}
            name={label}
            isAnimationActive={false}
            data={values.map((entry) => ({
              x: names.indexOf(entry.name) + offset,
              y: entry.value,
              category: entry.name,
              error: errorOf(entry),
            }))}
            line={{ stroke: style.color, strokeWidth: 2, strokeDasharray: style.dash }}
            shape={({ cx, cy }: { cx?: number; cy?: number }) => (
              <Marker x={cx ?? 0} y={cy ?? 0} style={style} size={56} />
            )}
          >
            {values.some(({ interval }) => interval) && (
              <ErrorBar
                dataKey="error"
                direction="y"
                stroke={style.color}
                strokeWidth={1.5}
                width={4}
                isAnimationActive={false}
              />
            )}
          </Scatter>
        );
      })}
    </ScatterChart>
  );
}
