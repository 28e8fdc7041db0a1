import type { LangfuseDatasets, LangfuseScores } from "../../src/domain/api/index.ts";
import type { LangfuseForms, Span } from "./forms.ts";
import { windowsOf } from "./read.ts";
import type { NamedScore } from "./wire.ts";

/** Pages that a list is made of; what is beyond them is said to be there. */
const PAGES = 20;
/** Scores that are looked at. */
const SCORES = 2000;
const WINDOW_MS = 7 * 24 * 3600_000;
const CATEGORIES = 8;

/** The project's data sets, as far as twenty pages go. */
export const listDatasets = async (forms: LangfuseForms, signal?: AbortSignal): Promise<LangfuseDatasets> => {
  const datasets: LangfuseDatasets["datasets"] = [];
  let place: string | null = null;
  for (let page = 0; page < PAGES && (page === 0 || place !== null); page++) {
    const { items, next } = await forms.datasets(place, signal);
    datasets.push(
      ...items.map(({ name, description, createdAt }) => ({ name, description: description ?? null, createdAt })),
    );
    place = next;
  }
  return { datasets, more: place !== null, answered: forms.answered };
};

/** Which scores were given in a span, by the newest 2,000 of them. */
export const listScores = async (forms: LangfuseForms, span: Span, signal?: AbortSignal): Promise<LangfuseScores> => {
  const seen = new Map<string, NamedScore[]>();
  let read = 0;
  let more = false;
  for (const window of windowsOf(span, WINDOW_MS).reverse()) {
    let place: string | null = null;
    do {
      const { items, next } = await forms.scores({ ...window, name: null }, place, signal);
      for (const score of items) seen.set(score.name, [...(seen.get(score.name) ?? []), score]);
      read += items.length;
      more = read >= SCORES;
      place = next;
    } while (place !== null && !more);
    if (more) break;
  }
  const scores = [...seen].map(([name, given]) => ({ name, ...summary(given) })).sort((a, b) => b.usable - a.usable);
  return { scores, read, more, answered: forms.answered };
};

const summary = (scores: readonly NamedScore[]): Omit<LangfuseScores["scores"][number], "name"> => {
  const numbers = scores.flatMap(({ value }) => (typeof value === "string" ? [] : [Number(value)]));
  const counts = new Map<string, number>();
  for (const { value } of scores) if (typeof value === "string") counts.set(value, (counts.get(value) ?? 0) + 1);
  return {
    type: scores[0]?.type ?? "NUMERIC",
    count: scores.length,
    min: numbers.length > 0 ? Math.min(...numbers) : null,
    max: numbers.length > 0 ? Math.max(...numbers) : null,
    categories: [...counts]
      .sort(([, a], [, b]) => b - a)
      .slice(0, CATEGORIES)
      .map(([category]) => category),
    usable: scores.filter(({ subject }) => subject !== null).length,
  };
};
