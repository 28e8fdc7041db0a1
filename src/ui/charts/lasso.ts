export interface Point {
  x: number;
  y: number;
}

/** Even–odd rule: whether a point lies inside a closed polygon. Fewer than three corners enclose nothing. */
export const inside = ({ x, y }: Point, polygon: readonly Point[]): boolean => {
  let odd = false;
  let b = polygon.at(-1);
  for (const a of polygon) {
    if (b && a.y > y !== b.y > y && x < ((b.x - a.x) * (y - a.y)) / (b.y - a.y) + a.x) odd = !odd;
    b = a;
  }
  return polygon.length > 2 && odd;
};

/** Scales points into a box with equal units on both axes, so that distances keep their proportions. */
export const fit = (points: readonly Point[], width: number, height: number, pad = 16): Point[] => {
  if (!points.length) return [];
  let [left, right, top, bottom] = [Infinity, -Infinity, Infinity, -Infinity];
  for (const { x, y } of points) {
    left = Math.min(left, x);
    right = Math.max(right, x);
    top = Math.min(top, y);
    bottom = Math.max(bottom, y);
  }
  const scale = Math.min((width - 2 * pad) / (right - left || 1), (height - 2 * pad) / (bottom - top || 1));
  const [cx, cy] = [(left + right) / 2, (top + bottom) / 2];
  return points.map(({ x, y }) => ({ x: width / 2 + (x - cx) * scale, y: height / 2 - (y - cy) * scale }));
};
