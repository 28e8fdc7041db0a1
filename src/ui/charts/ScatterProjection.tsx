import { Paper, Text, useComputedColorScheme } from "@mantine/core";
import { useElementSize } from "@mantine/hooks";
import { useEffect, useMemo, useRef, useState, type PointerEvent } from "react";
import { at, present } from "../../domain/present.ts";
import { ChartFrame } from "./ChartFrame.tsx";
import { counted, whole } from "./format.ts";
import { fit, inside, type Point } from "./lasso.ts";
import { INK, seriesStyle, type SeriesLook } from "./palette.ts";

export interface ProjectedPoint extends Point {
  id: number;
  /** Name of the group, one of `groups`. */
  group: string;
  /** Shown in the table twin and beside a point that is told. */
  text: string;
}
export interface ScatterProjectionProps {
  title: string;
  points: readonly ProjectedPoint[];
  groups: readonly { name: string; look: SeriesLook }[];
  selected: ReadonlySet<number>;
  /** Called with the ids inside a lasso, or with none to clear. Linked projections share the set. */
  onSelect: (ids: ReadonlySet<number>) => void;
  /** Points ringed and drawn last, such as the query that is open. */
  focus?: ReadonlySet<number>;
  height?: number;
}

/** Pixels around the pointer within which a point is told. */
const REACH = 12;

/**
 * A flat picture of an embedding space on a canvas. Drag draws a lasso, Escape clears it; the point under the pointer, or the one
 * that the arrow keys have come to, is told, and Enter selects it.
 */
export function ScatterProjection({
  title,
  points,
  groups,
  selected,
  onSelect,
  focus,
  height = 320,
}: ScatterProjectionProps) {
  const scheme = useComputedColorScheme("light");
  const { ref: box, width } = useElementSize<HTMLDivElement>();
  const canvas = useRef<HTMLCanvasElement>(null);
  const [lasso, setLasso] = useState<Point[]>([]);
  const [told, setTold] = useState<number | null>(null);
  const placed = useMemo(() => fit(points, width, height), [points, width, height]);
  /** Points from left to right, as the arrow keys walk them. */
  const walk = useMemo(
    () => placed.map((_, index) => index).sort((a, b) => at(placed, a).x - at(placed, b).x || a - b),
    [placed],
  );
  const shown = told === null ? undefined : points[told];
  const spot = told === null ? undefined : placed[told];

  useEffect(() => {
    const element = canvas.current;
    if (!element || !width) return;
    const ratio = window.devicePixelRatio || 1;
    element.width = width * ratio;
    element.height = height * ratio;
    const draw = present(element.getContext("2d"), "2D canvas");
    draw.scale(ratio, ratio);
    const order = points.map((_, index) => index);
    order.sort((a, b) => rank(at(points, a), selected, focus) - rank(at(points, b), selected, focus));
    for (const index of order) {
      const { id, group } = at(points, index);
      const { x, y } = at(placed, index);
      const style = seriesStyle(groups.find(({ name }) => name === group)?.look ?? "baseline", scheme);
      draw.globalAlpha = selected.size && !selected.has(id) && !focus?.has(id) ? 0.2 : 0.85;
      draw.fillStyle = style.color;
      shape(draw, style.marker, x, y, selected.has(id) || focus?.has(id) ? 5 : 3.2);
      if (focus?.has(id)) {
        draw.globalAlpha = 1;
        draw.strokeStyle = INK[scheme].text;
        draw.lineWidth = 2;
        draw.beginPath();
        draw.arc(x, y, 9, 0, 2 * Math.PI);
        draw.stroke();
      }
    }
    if (spot) {
      draw.globalAlpha = 1;
      draw.strokeStyle = INK[scheme].text;
      draw.lineWidth = 1.5;
      draw.beginPath();
      draw.arc(spot.x, spot.y, 7, 0, 2 * Math.PI);
      draw.stroke();
    }
    if (lasso.length > 1) {
      draw.globalAlpha = 1;
      draw.strokeStyle = INK[scheme].text;
      draw.setLineDash([4, 3]);
      draw.beginPath();
      lasso.forEach(({ x, y }, index) => (index ? draw.lineTo(x, y) : draw.moveTo(x, y)));
      draw.closePath();
      draw.stroke();
    }
  }, [points, placed, groups, selected, focus, lasso, spot, scheme, width, height]);

  const pointAt = (event: PointerEvent<HTMLCanvasElement>): Point => {
    const { left, top } = event.currentTarget.getBoundingClientRect();
    return { x: event.clientX - left, y: event.clientY - top };
  };
  const finish = () => {
    if (!lasso.length) return;
    onSelect(new Set(points.filter((_, index) => inside(at(placed, index), lasso)).map(({ id }) => id)));
    setLasso([]);
  };
  const summary =
    `${title}: ${groups.map(({ name }) => counted(points.filter(({ group }) => group === name).length, name.toLowerCase().replace(/s$/, ""), name.toLowerCase())).join(" and ")}` +
    `${selected.size ? `, ${whole(selected.size)} selected` : ""}. Approximate: two dimensions cannot keep every distance.`;
  const listed = (selected.size ? points.filter(({ id }) => selected.has(id)) : points).slice(0, 200);
  return (
    <ChartFrame
      title={title}
      summary={summary}
      legend={groups.map(({ name, look }) => ({ label: name, look }))}
      height={height}
      picture={false}
      table={{
        columns: ["Kind", "Text", "x", "y"],
        rows: listed.map(({ group, text, x, y }) => [
          group.replace(/s$/, ""),
          text.slice(0, 120),
          x.toFixed(2),
          y.toFixed(2),
        ]),
        note: listed.length < points.length ? `${whole(listed.length)} of ${whole(points.length)} points.` : undefined,
      }}
    >
      <div ref={box} style={{ height, position: "relative" }}>
        <canvas
          ref={canvas}
          role="img"
          aria-label={summary}
          tabIndex={0}
          style={{ width: "100%", height, display: "block", touchAction: "none", cursor: "crosshair" }}
          onPointerDown={(event) => {
            event.currentTarget.setPointerCapture(event.pointerId);
            setLasso([pointAt(event)]);
          }}
          onPointerMove={(event) => {
            if (lasso.length) return setLasso([...lasso, pointAt(event)]);
            setTold(nearest(placed, pointAt(event)));
          }}
          onPointerLeave={() => setTold(null)}
          onBlur={() => setTold(null)}
          onPointerUp={finish}
          onPointerCancel={() => setLasso([])}
          onKeyDown={(event) => {
            if (event.key === "Escape") onSelect(new Set());
            if (event.key === "Enter" && shown) onSelect(new Set([shown.id]));
            const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
            if (step === 0 || walk.length === 0) return;
            event.preventDefault();
            const from = told === null ? (step > 0 ? -1 : walk.length) : walk.indexOf(told);
            setTold(at(walk, Math.max(0, Math.min(walk.length - 1, from + step))));
          }}
        />
        {shown && spot && (
          <Paper
            withBorder
            shadow="sm"
            p={8}
            radius="sm"
            role="status"
            style={{
              pointerEvents: "none",
              position: "absolute",
              top: spot.y + 14,
              maxWidth: 280,
              ...(spot.x < width / 2 ? { left: spot.x + 10 } : { right: width - spot.x + 10 }),
              zIndex: 2,
            }}
          >
            <Text size="xs" fw={600}>
              {shown.group.replace(/s$/, "")}
            </Text>
            <Text size="xs" lineClamp={4}>
              {shown.text}
            </Text>
          </Paper>
        )}
      </div>
    </ChartFrame>
  );
}

/** The point nearest to a place, within reach. */
const nearest = (placed: readonly Point[], { x, y }: Point): number | null => {
  let best: { index: number; distance: number } | null = null;
  placed.forEach((point, index) => {
    const distance = Math.hypot(point.x - x, point.y - y);
    if (distance <= REACH && (best === null || distance < best.distance)) best = { index, distance };
  });
  return (best as { index: number } | null)?.index ?? null;
};

const rank = ({ id }: ProjectedPoint, selected: ReadonlySet<number>, focus?: ReadonlySet<number>) =>
  focus?.has(id) ? 2 : selected.has(id) ? 1 : 0;

/** The run's marker on a canvas, of about the given radius; shapes beyond these few fall back to a circle. */
const shape = (draw: CanvasRenderingContext2D, marker: string, x: number, y: number, radius: number) => {
  draw.beginPath();
  if (marker === "square") draw.rect(x - radius * 0.85, y - radius * 0.85, radius * 1.7, radius * 1.7);
  else if (marker === "triangle") {
    draw.moveTo(x, y - radius);
    draw.lineTo(x + radius, y + radius * 0.8);
    draw.lineTo(x - radius, y + radius * 0.8);
  } else draw.arc(x, y, radius, 0, 2 * Math.PI);
  draw.fill();
};
