import type { SeriesLook } from "./palette.ts";

/** One measured share with its 95 % interval where it was computed. */
export interface MeasuredValue {
  value: number;
  interval?: readonly [number, number];
}
/** One model's values by category. */
export interface ModelValues {
  id: string;
  label: string;
  look: SeriesLook;
  values: readonly ({ name: string } & MeasuredValue)[];
}

/** The categories in the order in which the models name them. */
export const categories = (models: readonly ModelValues[]): string[] => [
  ...new Set(models.flatMap(({ values }) => values.map(({ name }) => name))),
];

/** All values and ends of intervals: what an axis must hold. */
export const heights = (models: readonly ModelValues[]): number[] =>
  models.flatMap(({ values }) => values.flatMap(({ value, interval }) => [value, ...(interval ?? [])]));

/** Error of a value towards both ends of its interval, as recharts' ErrorBar takes it. */
export const errorOf = ({ value, interval }: MeasuredValue): [number, number] | undefined =>
  interval && [Math.max(0, value - interval[0]), Math.max(0, interval[1] - value)];

/** The table twin: a category a row, a value and (where measured) an interval a model. */
export const groupsTable = (models: readonly ModelValues[], heading: string, format: (value: number) => string) => ({
  columns: [
    heading,
    ...models.flatMap(({ label, values }) => [label, ...(hasIntervals(values) ? [`${label}, 95 % interval`] : [])]),
  ],
  rows: categories(models).map((category) => [
    category,
    ...models.flatMap(({ values }) => {
      const found = values.find(({ name }) => name === category);
      const cells = [found ? format(found.value) : ""];
      if (hasIntervals(values))
        cells.push(found?.interval ? `${format(found.interval[0])} to ${format(found.interval[1])}` : "");
      return cells;
    }),
  ]),
});

const hasIntervals = (values: readonly MeasuredValue[]) => values.some(({ interval }) => interval);
