/** Numbers as people read them, beside those of the charts. Everything here is pure. */
import { whole } from "../charts/format.ts";

export { bytes, capitalized, compact, counted, percent, points, whole } from "../charts/format.ts";

/** A speed, to no more digits than it is steady: `2.5`, `48`, `1,204`. */
export const rate = (perSecond: number): string =>
  perSecond >= 100 ? whole(Math.round(perSecond)) : String(Number(perSecond.toPrecision(2)));

/** Seconds as `45 s`, `3 min 20 s`, `2 h 05 min`. */
export const duration = (seconds: number): string => {
  const total = Math.max(0, Math.round(seconds));
  if (total < 60) return `${total} s`;
  const minutes = Math.floor(total / 60);
  if (minutes < 60) return total % 60 === 0 ? `${minutes} min` : `${minutes} min ${total % 60} s`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
};

/** A time that is only about right, to no more digits than that: `40 s`, `6 min`, `1 h 20 min`. */
export const roughDuration = (seconds: number): string => {
  if (seconds < 55) return duration(Math.max(5, Math.ceil(seconds / 5) * 5));
  if (seconds < 3600) return duration(Math.max(1, Math.round(seconds / 60)) * 60);
  return duration(Math.round(seconds / 600) * 600);
};

/** `Nov 22, 12:40` */
export const moment = (iso: string): string =>
  new Intl.DateTimeFormat("en", {
    day: "numeric",
    month: "short",
    hour: "2-digit",
    minute: "2-digit",
    hour12: false,
  }).format(new Date(iso));
