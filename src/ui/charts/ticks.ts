/** Round ticks of an axis and their labels: each label stands once, however small the values are. */
export interface Ticks {
  ticks: number[];
  label: (value: number) => string;
}

/** 1, 2 or 5 times a power of ten, at least `least`. */
const niceStep = (least: number): number => {
  const power = 10 ** Math.floor(Math.log10(least));
  return power * ([1, 2, 5, 10].find((factor) => factor * power >= least * (1 - 1e-9)) ?? 10);
};

/** Without the crumbs of binary fractions. */
const clean = (value: number): number => Number(value.toPrecision(12));

/**
 * About `count` round ticks whose first and last enclose the values. One value gets room around it, none gives 0 to 1.
 *
 * @param options.whole  steps of at least 1, for counts and steps of a run
 * @param options.most   a value that no tick is above, such as 1 of shares; the values are not above it either
 * @param options.within ticks inside the values instead of around them, for an axis that must not grow
 */
export const niceTicks = (
  values: readonly number[],
  options: { count?: number; whole?: boolean; zero?: boolean; most?: number; within?: boolean } = {},
): number[] => {
  const { count = 4, whole = false, zero = false, most = Infinity, within = false } = options;
  const finite = values.filter(Number.isFinite);
  let low = finite.length ? Math.min(...finite) : 0;
  let high = finite.length ? Math.max(...finite) : 1;
  if (zero) [low, high] = [Math.min(0, low), Math.max(0, high)];
  if (low === high) {
    if (within) return [low];
    const room = Math.abs(low) * 0.1 || 1;
    [low, high] = zero || low === 0 ? [low, high + room] : [low - room, high + room];
  }
  const step = Math.max(niceStep((high - low) / count), whole ? 1 : 0);
  const from = within ? Math.ceil(low / step - 1e-9) : Math.floor(low / step + 1e-9);
  const to = within ? Math.floor(high / step + 1e-9) : Math.ceil(high / step - 1e-9);
  const last = Math.min(to, Math.floor(most / step + 1e-9));
  return Array.from({ length: Math.max(1, last - from + 1) }, (_, i) => clean((from + i) * step));
};

/** The first way of writing that tells every tick from the others. */
export const distinctLabels = (
  ticks: readonly number[],
  forms: readonly ((value: number) => string)[],
): ((value: number) => string) => {
  const form = forms.find((write) => new Set(ticks.map(write)).size === ticks.length) ?? forms.at(-1);
  return form ?? String;
};

const PLAIN = /^−?[\d,]+(?:\.(\d+))?$/;

/** One form for a whole axis: as many decimals everywhere (`2.0` beside `2.5`), or a power of ten everywhere. */
const evenly = (ticks: readonly number[], label: (value: number) => string): ((value: number) => string) => {
  const labels = ticks.map(label);
  if (labels.every((text) => PLAIN.test(text))) {
    const decimals = (text: string): number => PLAIN.exec(text)?.[1]?.length ?? 0;
    const digits = Math.max(...labels.map(decimals));
    return (value) => {
      const text = label(value);
      const missing = digits - decimals(text);
      if (missing <= 0 || !PLAIN.test(text)) return text;
      return `${text}${digits === missing ? "." : ""}${"0".repeat(missing)}`;
    };
  }
  const powers = labels.filter((text) => text.includes("e")).length;
  if (powers === 0 || powers === ticks.filter((value) => value !== 0).length) return label;
  return (value) => (value === 0 ? "0" : value.toExponential().replace("-", value < 0 ? "−" : "-"));
};

/** Ticks with labels in the form of the figures, exact enough to differ. */
export const labelledTicks = (ticks: number[], forms: readonly ((value: number) => string)[]): Ticks => ({
  ticks,
  label: evenly(ticks, distinctLabels(ticks, forms)),
});
