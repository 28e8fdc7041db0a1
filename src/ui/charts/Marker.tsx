import { Symbols } from "recharts";
import type { SeriesStyle } from "./palette.ts";

/** The marker of a series at a place of the plot; `size` is its area in square pixels. */
export function Marker({ x, y, size = 40, style }: { x: number; y: number; size?: number; style: SeriesStyle }) {
  return (
    <Symbols cx={x} cy={y} type={style.marker} size={size} sizeType="area" fill={style.color} stroke={style.color} />
  );
}
