/** Numbers as people read them. Everything here is pure. */

const whole = new Intl.NumberFormat("en");

/** `12,345` */
export const count = (value: number): string => whole.format(value);

/** `1 pair`, `12,345 pairs` */
export const plural = (value: number, one: string, many = `${one}s`): string =>
  `${count(value)} ${value === 1 ? one : many}`;

/** Powers of 1024 with one decimal below 10: `1.2 GB`. */
export const bytes = (value: number): string => {
  const units = ["B", "KB", "MB", "GB", "TB"];
  let scaled = value;
  let unit = 0;
  while (scaled >= 1024 && unit < units.length - 1) {
    scaled /= 1024;
    unit++;
  }
  return `${unit > 0 && scaled < 9.95 ? scaled.toFixed(1) : Math.round(scaled)} ${units[unit]}`;
};

/** Seconds as `45 s`, `3 min 20 s`, `2 h 05 min`. */
export const duration = (seconds: number): string => {
  const total = Math.max(0, Math.round(seconds));
  if (total < 60) return `${total} s`;
  const minutes = Math.floor(total / 60);
  if (minutes < 60) return total % 60 === 0 ? `${minutes} min` : `${minutes} min ${total % 60} s`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
};

/** A metric of 0…1 as points of 100, one decimal: `66.4`. */
export const points = (value: number): string => (value * 100).toFixed(1);

/** A difference of metrics in points, with its sign: `+3.2`. */
export const delta = (value: number): string => `${value >= 0 ? "+" : "−"}${Math.abs(value * 100).toFixed(1)}`;

/** Three significant digits, or powers of ten where they are shorter: `0.0234`, `2.0e-4`. */
export const figure = (value: number): string => {
  if (!Number.isFinite(value)) return "–";
  if (value === 0) return "0";
  const size = Math.abs(value);
  return size < 1e-3 || size >= 1e6 ? value.toExponential(1) : String(Number(value.toPrecision(3)));
};

/** `12 %`, `0.4 %` of a share 0…1. */
export const percent = (share: number): string => {
  const value = share * 100;
  return `${value > 0 && value < 10 ? value.toFixed(1) : Math.round(value)} %`;
};
