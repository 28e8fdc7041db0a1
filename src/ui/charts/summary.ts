import { quantileOfSorted } from "../../domain/quantile.ts";
import { compact, counted, percent } from "./format.ts";

type Format = (value: number) => string;

/** One sentence on a series that changes with its abscissa, with the baseline it is measured against. */
export const summarizeLine = (
  title: string,
  xLabel: string,
  series: readonly { label: string; points: readonly { x: number; y: number }[] }[],
  options: {
    format?: Format;
    baseline?: { label: string; value: number };
    kept?: { x: number; y: number; by: string };
  } = {},
): string => {
  const format = options.format ?? compact;
  const parts = series.flatMap(({ label, points }) => {
    const measured = points.filter(({ y }) => Number.isFinite(y));
    const [first, last] = [measured[0], measured.at(-1)];
    if (!first || !last) return [];
    const name = series.length > 1 ? `${label} is ` : "";
    if (measured.length === 1) return `${name}${format(last.y)} at ${xLabel} ${last.x}`;
    const direction = last.y > first.y ? "up from" : last.y < first.y ? "down from" : "unchanged from";
    return `${name}${format(last.y)} at ${xLabel} ${last.x}, ${direction} ${format(first.y)} at ${xLabel} ${first.x}`;
  });
  if (!parts.length) return `${title}: nothing measured yet.`;
  if (options.kept)
    parts.push(`${xLabel} ${options.kept.x} is kept with ${format(options.kept.y)}, the best by ${options.kept.by}`);
  if (options.baseline) parts.push(`${options.baseline.label.toLowerCase()} is ${format(options.baseline.value)}`);
  return `${title}: ${parts.join("; ")}.`;
};

/** One sentence on grouped values: the first model in full, the others by the same categories. */
export const summarizeGroups = (
  title: string,
  models: readonly { label: string; values: readonly { name: string; value: number }[] }[],
  format: Format = percent,
): string => {
  const parts = models
    .filter(({ values }) => values.length)
    .map(
      ({ label, values }) =>
        `${label} has ${values.map(({ name, value }) => `${format(value)} at ${name}`).join(", ")}`,
    );
  return parts.length ? `${title}: ${parts.join("; ")}.` : `${title}: nothing measured yet.`;
};

/** One sentence on a distribution. `values` need not be sorted. */
export const summarizeDistribution = (title: string, unit: string, values: ArrayLike<number>): string => {
  if (!values.length) return `${title}: nothing measured yet.`;
  const sorted = Float64Array.from(values).sort();
  const largest = (share: number) => compact(quantileOfSorted(sorted, share));
  return (
    `${title}: of ${counted(sorted.length, "value")}, half are at most ${largest(0.5)} ${unit}, ` +
    `95 in 100 at most ${largest(0.95)}, the largest is ${largest(1)}.`
  );
};
