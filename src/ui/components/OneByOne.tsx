import { Children, startTransition, useEffect, useState, type ReactNode } from "react";

/** Its children one after the other, each drawn by itself, so that the page does not hold still for all of them at once. */
export const OneByOne = ({ children }: { children: ReactNode }) => {
  const parts = Children.toArray(children);
  const [drawn, setDrawn] = useState(1);
  const open = drawn < parts.length;
  useEffect(() => {
    if (open) startTransition(() => setDrawn(drawn + 1));
  }, [open, drawn]);
  return parts.slice(0, drawn);
};
