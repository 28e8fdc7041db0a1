import { Judgements, type ScoreCounts } from "../../src/domain/langfuse/judgements.ts";
import { parseRules } from "../../src/domain/langfuse/rule.ts";
import type { JudgedItem, Mapping, Source } from "../../src/domain/langfuse/types.ts";
import type { LangfuseForms, Span } from "./forms.ts";

/** Where reading stands: which window, or none in a data set, and the place in it. Reading goes on from there after a break. */
export interface Position {
  /** Beginning of the window, ISO 8601. */
  from: string | null;
  /** Cursor or page, of the form that answered; null at a window's beginning. */
  place: string | null;
}

export type ReadEvent =
  | { type: "scores"; counts: ScoreCounts }
  | {
      type: "items";
      /** Those nobody judged have no verdict. */
      items: JudgedItem[];
      /** Items that do not count: archived ones of a data set. */
      archived: number;
      /** Share of the range that is read, 0 … 1; null where the whole is unknown. */
      share: number | null;
      /** Where the rest begins; null at the end. */
      next: Position | null;
    };

export interface ReadOptions {
  /** Null reads from the beginning. */
  position?: Position | null;
  /** Of a mapping into metadata, the keys that are wanted whole. */
  mapping?: Mapping | null;
  newestFirst?: boolean;
  /** Whole ranges make a database work hard, so they are asked for in windows of this length. */
  windowMs?: number;
  /** Milliseconds since 1970: scores come after what they judge, so they are read until then. */
  now?: () => number;
  signal?: AbortSignal;
}

const WEEK_MS = 7 * 24 * 3600_000;

/** A range cut into windows. */
export const windowsOf = ({ from, to }: Span, windowMs: number): Span[] => {
  const [start, end] = [Date.parse(from), Date.parse(to)];
  const windows: Span[] = [];
  for (let at = start; at < end; at += windowMs)
    windows.push({ from: new Date(at).toISOString(), to: new Date(Math.min(at + windowMs, end)).toISOString() });
  return windows;
};

/** Metadata keys at the beginning of a mapping's paths. */
const expanded = (mapping: Mapping | null | undefined): string | null => {
  const paths = mapping ? [mapping.question, mapping.documents, mapping.negatives] : [];
  const keys = paths.flatMap((path) => (path?.[0] === "metadata" && path[1] !== undefined ? [path[1]] : []));
  return keys.length > 0 ? [...new Set(keys)].join(",") : null;
};

/**
 * Reads a source page by page: first who judged what, as ids alone, then the retrievals, of which one page is held at a time.
 *
 * @throws StudioError those of `LangfuseApi.get`, of `parseRules`, `langfuse-form-unknown`, `langfuse-dataset-missing`
 */
export const readSource = (forms: LangfuseForms, source: Source, options: ReadOptions): AsyncGenerator<ReadEvent> =>
  source.kind === "dataset" ? readDataset(forms, source.name, options) : readScored(forms, source, options);

async function* readDataset(
  forms: LangfuseForms,
  name: string,
  { position, signal }: ReadOptions,
): AsyncGenerator<ReadEvent> {
  let place = position?.place ?? null;
  do {
    const { items, next } = await forms.datasetItems(name, place, signal);
    const kept = items.filter(({ archived }) => !archived);
    yield {
      type: "items",
      items: kept.map(({ id, at, parts }) => ({ id, at, parts, verdicts: ["good"] })),
      archived: items.length - kept.length,
      share: null,
      next: next === null ? null : { from: null, place: next },
    };
    place = next;
  } while (place !== null);
}

async function* readScored(
  forms: LangfuseForms,
  source: Extract<Source, { kind: "score" }>,
  { position, mapping, newestFirst = false, windowMs = WEEK_MS, now = Date.now, signal }: ReadOptions,
): AsyncGenerator<ReadEvent> {
  const judgements = new Judgements(parseRules(source.good, source.bad));
  const until = new Date(Math.max(now(), Date.parse(source.to))).toISOString();
  for (const window of windowsOf({ from: source.from, to: until }, windowMs)) {
    let place: string | null = null;
    do {
      const piece = await forms.scores({ ...window, name: source.name }, place, signal);
      for (const score of piece.items) judgements.add(score);
      place = piece.next;
      yield { type: "scores", counts: judgements.counts };
    } while (place !== null);
  }

  const windows = windowsOf(source, windowMs);
  if (newestFirst) windows.reverse();
  const begun = position?.from ? windows.findIndex(({ from }) => from === position.from) : 0;
  const expand = expanded(mapping);
  for (let index = Math.max(0, begun); index < windows.length; index++) {
    const window = windows[index];
    if (!window) continue;
    let place = index === begun ? (position?.place ?? null) : null;
    do {
      const piece = await forms.observations({ ...window, expand }, place, signal);
      place = piece.next;
      const following = place === null ? windows[index + 1] : window;
      yield {
        type: "items",
        items: piece.items.map(({ id, traceId, at, parts }) => ({
          id,
          at,
          parts,
          verdicts: judgements.of(id, traceId),
        })),
        archived: 0,
        share: (index + (place === null ? 1 : 0)) / windows.length,
        next: following ? { from: following.from, place } : null,
      };
    } while (place !== null);
  }
}
