import { Children, startTransition, useEffect, useState, type ReactNode } from "react";

/** Parts of the whole page that wait to be drawn. */
const waiting: (() => void)[] = [];
let drawing = false;

const drawNext = (): void => {
  const draw = waiting.shift();
  drawing = draw !== undefined;
  draw?.();
};

/** Calls `draw` when it is its turn. What comes back gives the turn on, or the place in the queue up. */
const takeTurn = (draw: () => void): (() => void) => {
  let mine = false;
  const begin = () => {
    mine = true;
    draw();
  };
  waiting.push(begin);
  if (!drawing) drawNext();
  return () => {
    if (mine) return drawNext();
    const place = waiting.indexOf(begin);
    if (place >= 0) waiting.splice(place, 1);
  };
};

/**
 * Its children one after the other, each drawn by itself, so that the page does not hold still for all of them at once.
 * Only one part is drawn at a time, however many of these are on the page and inside each other.
 */
export const OneByOne = ({ children }: { children: ReactNode }) => {
  const parts = Children.toArray(children);
  const [drawn, setDrawn] = useState(1);
  const open = drawn < parts.length;
  useEffect(() => {
    if (open) return takeTurn(() => startTransition(() => setDrawn(drawn + 1)));
  }, [open, drawn]);
  return parts.slice(0, drawn);
};
