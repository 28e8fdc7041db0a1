import { at } from "../../domain/present.ts";
/** A chart row: the shared abscissa and one value per series; a series without a sample there has none. */
export type ChartRow = { x: number } & Record<string, number>;

/** About this many points are drawn; more cost time and show nothing new. */
const MAX_POINTS = 800;

/**
 * Thins rows (ascending `x`) to at most `limit` by min–max decimation: the rows are cut into equal buckets, and of each
 * bucket the rows with every series' smallest and largest value stay. Spikes therefore survive, unlike with striding or
 * averaging, and each drawn point is a measured one. The first and the last row always stay.
 */
export const decimate = (rows: readonly ChartRow[], series: readonly string[], limit = MAX_POINTS): ChartRow[] => {
  if (rows.length <= limit) return [...rows];
  const keep = new Set([0, rows.length - 1]);
  const buckets = Math.max(1, Math.floor((limit - 2) / (2 * Math.max(1, series.length))));
  for (let bucket = 0; bucket < buckets; bucket++) {
    const start = Math.floor((bucket * rows.length) / buckets);
    const end = Math.floor(((bucket + 1) * rows.length) / buckets);
    for (const key of series) {
      let low = { index: -1, value: Infinity };
      let high = { index: -1, value: -Infinity };
      for (let index = start; index < end; index++) {
        const value = at(rows, index)[key];
        if (value === undefined || !Number.isFinite(value)) continue;
        if (value < low.value) low = { index, value };
        if (value > high.value) high = { index, value };
      }
      if (low.index >= 0) keep.add(low.index).add(high.index);
    }
  }
  return [...keep].sort((a, b) => a - b).map((index) => at(rows, index));
};

/** Series with their own abscissae as rows in ascending `x`. Values that are not numbers are left out, not drawn. */
export const toRows = (series: readonly { id: string; points: readonly { x: number; y: number }[] }[]): ChartRow[] => {
  const rows = new Map<number, ChartRow>();
  for (const { id, points } of series)
    for (const { x, y } of points) {
      if (!Number.isFinite(y)) continue;
      const row = rows.get(x) ?? ({ x } as ChartRow);
      row[id] = y;
      rows.set(x, row);
    }
  return [...rows.values()].sort((a, b) => a.x - b.x);
};
