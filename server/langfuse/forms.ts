import { StudioError } from "../../src/domain/errors.ts";
import type { LangfuseApi } from "./api.ts";
import {
  datasetItemsByPage,
  datasetsByPage,
  observationsByCursor,
  observationsByPage,
  scoresByCursor,
  scoresByPage,
  type NamedScore,
  type Observation,
} from "./wire.ts";
import type { z } from "zod";

/** Some of what was asked for, and where the rest begins; null at the end. */
export interface Piece<T> {
  items: T[];
  next: string | null;
}

/** Which form of an address answered. */
export type FormName = "v1" | "v2" | "v3";
/** What answered so far: the forms tell the generation of the server. */
export type Answered = Partial<Record<"datasets" | "observations" | "scores", FormName>>;

/** A stretch of time, [from, to), ISO 8601. */
export interface Span {
  from: string;
  to: string;
}

/** Observations come with their texts, so that a page of them stays below some megabytes. */
const OBSERVATIONS = 250;
const OLD_OBSERVATIONS = 100;
const SMALL = 100;

type Ask<Q, T> = (query: Q, place: string | null, signal?: AbortSignal) => Promise<Piece<T> | null>;

/** Pages that are counted: the place is the number of the next. */
const paged =
  <Q, T>(
    api: LangfuseApi,
    schema: z.ZodType<{ data: T[]; meta: { totalPages: number } }>,
    path: string,
    query: (query: Q) => Record<string, string | number | null>,
  ): Ask<Q, T> =>
  async (given, place, signal) => {
    const page = place === null ? 1 : Number(place);
    const answer = await api.get(schema, path, { ...query(given), page }, signal);
    return answer && { items: answer.data, next: page < answer.meta.totalPages ? String(page + 1) : null };
  };

/** Pages that name the next by a cursor. */
const cursed =
  <Q, T>(
    api: LangfuseApi,
    schema: z.ZodType<{ data: T[]; meta: { cursor?: string | null | undefined } }>,
    path: string,
    query: (query: Q) => Record<string, string | number | null>,
  ): Ask<Q, T> =>
  async (given, cursor, signal) => {
    const answer = await api.get(schema, path, { ...query(given), cursor }, signal);
    return answer && { items: answer.data, next: answer.meta.cursor ?? null };
  };

/** The name of a score is asked for where the address can take it: it separates several names by commas. */
const nameOf = (name: string | null): string | null => (name === null || name.includes(",") ? null : name);

/**
 * What is read of Langfuse, in whichever form the server knows. The form of today is tried first, a 404 leads to the older one, and
 * the one that answered is kept to.
 */
export class LangfuseForms {
  readonly answered: Answered = {};
  readonly #observations: [FormName, Ask<Span & { expand: string | null }, Observation>][];
  readonly #scores: [FormName, Ask<Span & { name: string | null }, NamedScore>][];
  readonly #datasets: [FormName, Ask<null, z.output<typeof datasetsByPage>["data"][number]>][];
  readonly #items: Ask<string, z.output<typeof datasetItemsByPage>["data"][number]>;

  constructor(api: LangfuseApi) {
    const began = ({ from, to }: Span) => ({ type: "RETRIEVER", fromStartTime: from, toStartTime: to });
    const scored = ({ name, from, to }: Span & { name: string | null }) => ({
      name: nameOf(name),
      fromTimestamp: from,
      toTimestamp: to,
      limit: SMALL,
    });
    this.#observations = [
      [
        "v2",
        cursed(api, observationsByCursor, "/api/public/v2/observations", ({ expand, ...span }) => ({
          ...began(span),
          fields: "core,basic,io,metadata",
          expandMetadata: expand,
          limit: OBSERVATIONS,
        })),
      ],
      [
        "v1",
        paged(api, observationsByPage, "/api/public/observations", (span) => ({
          ...began(span),
          limit: OLD_OBSERVATIONS,
        })),
      ],
    ];
    this.#scores = [
      [
        "v3",
        cursed(api, scoresByCursor, "/api/public/v3/scores", (query) => ({ ...scored(query), fields: "core,subject" })),
      ],
      ["v2", paged(api, scoresByPage, "/api/public/v2/scores", scored)],
    ];
    this.#datasets = [
      ["v2", paged(api, datasetsByPage, "/api/public/v2/datasets", () => ({ limit: SMALL }))],
      ["v1", paged(api, datasetsByPage, "/api/public/datasets", () => ({ limit: SMALL }))],
    ];
    this.#items = paged(api, datasetItemsByPage, "/api/public/dataset-items", (datasetName: string) => ({
      datasetName,
      limit: SMALL,
    }));
  }

  /** Retrievals that began in a span. `expand` names metadata whose whole value is wanted: else it may be cut. */
  observations(query: Span & { expand: string | null }, place: string | null, signal?: AbortSignal) {
    return this.#first("observations", this.#observations, query, place, signal);
  }

  /** Scores given in a span, those of one name or all. */
  async scores(query: Span & { name: string | null }, place: string | null, signal?: AbortSignal) {
    const { items, next } = await this.#first("scores", this.#scores, query, place, signal);
    return { items: items.filter(({ name }) => query.name === null || name === query.name), next };
  }

  datasets(place: string | null, signal?: AbortSignal) {
    return this.#first("datasets", this.#datasets, null, place, signal);
  }

  /** @throws StudioError `langfuse-dataset-missing` */
  async datasetItems(name: string, place: string | null, signal?: AbortSignal) {
    const piece = await this.#items(name, place, signal);
    if (piece) return piece;
    throw new StudioError(
      "langfuse-dataset-missing",
      `Langfuse has no data set "${name}" in this project.`,
      "Choose one of those it lists; names are case-sensitive.",
    );
  }

  async #first<Q, T>(
    what: keyof Answered,
    forms: [FormName, Ask<Q, T>][],
    query: Q,
    place: string | null,
    signal: AbortSignal | undefined,
  ): Promise<Piece<T>> {
    const known = this.answered[what];
    for (const [name, ask] of forms) {
      if (known !== undefined && name !== known) continue;
      const piece = await ask(query, place, signal);
      if (!piece) continue;
      this.answered[what] = name;
      return piece;
    }
    throw new StudioError(
      "langfuse-form-unknown",
      `Langfuse answered none of the addresses for ${what} (${forms.map(([name]) => name).join(", ")}).`,
      "Check that LANGFUSE_BASE_URL is a Langfuse server of version 3 or later.",
    );
  }
}
