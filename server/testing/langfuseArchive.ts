import { mulberry32 } from "../../src/domain/random.ts";

/** What a Langfuse project holds, and its public API for reading it, as the two generations of the server answer. */

interface ArchivedObservation {
  id: string;
  traceId: string;
  type: string;
  startTime: string;
  input: unknown;
  output: unknown;
  metadata: Record<string, unknown>;
}

interface ArchivedScore {
  id: string;
  name: string;
  dataType: "NUMERIC" | "BOOLEAN" | "CATEGORICAL";
  value: number | string;
  timestamp: string;
  traceId?: string;
  observationId?: string;
  sessionId?: string;
}

interface ArchivedItem {
  id: string;
  status: "ACTIVE" | "ARCHIVED";
  input: unknown;
  expectedOutput: unknown;
  metadata: unknown;
  createdAt: string;
}

export interface ArchiveAnswer {
  status: number;
  body?: unknown;
  headers?: Record<string, string>;
}

/** Metadata values are cut to this length unless they are asked for by name. */
const METADATA_CHARACTERS = 200;

export class LangfuseArchive {
  observations: ArchivedObservation[] = [];
  scores: ArchivedScore[] = [];
  /** Items by the name of their data set. */
  datasets: Record<string, ArchivedItem[]> = {};
  /** Answers that come before any other, each once. */
  trouble: ArchiveAnswer[] = [];
  /** What was asked for, with the answer's status. */
  readonly asked: { path: string; query: Record<string, string>; status: number }[] = [];

  constructor(readonly generation: "v3" | "v4") {}

  /** Null where the address is none of those for reading. */
  answer(address: string): ArchiveAnswer | null {
    const { pathname: path, searchParams } = new URL(address, "http://langfuse");
    const query = Object.fromEntries(searchParams);
    const found = this.trouble.shift() ?? this.#find(path, query);
    if (found) this.asked.push({ path, query, status: found.status });
    return found;
  }

  #find(path: string, query: Record<string, string>): ArchiveAnswer | null {
    const newer = this.generation === "v4";
    switch (path) {
      case "/api/public/v2/observations":
        return newer ? this.#observationsByCursor(query) : { status: 404 };
      case "/api/public/observations":
        return newer ? { status: 404 } : byPage(this.#retrievals(query), query, 100);
      case "/api/public/v3/scores":
        return newer ? this.#scoresByCursor(query) : { status: 404 };
      case "/api/public/v2/scores":
        return newer ? { status: 404 } : byPage(this.#given(query).map(flat), query, 100);
      case "/api/public/v2/datasets":
        return byPage(
          Object.keys(this.datasets).map((name) => ({
            name,
            description: null,
            createdAt: "2026-10-01T00:00:00.000Z",
          })),
          query,
          100,
        );
      case "/api/public/dataset-items": {
        const items = this.datasets[query.datasetName ?? ""];
        return items ? byPage(items, query, 100) : { status: 404 };
      }
      default:
        return null;
    }
  }

  /** Newest first, as both generations list them. */
  #retrievals({ type, fromStartTime, toStartTime }: Record<string, string>): ArchivedObservation[] {
    return this.observations
      .filter((one) => type === undefined || one.type === type)
      .filter(({ startTime }) => within(startTime, fromStartTime, toStartTime))
      .sort((a, b) => (a.startTime < b.startTime ? 1 : -1));
  }

  #observationsByCursor(query: Record<string, string>): ArchiveAnswer {
    const fields = (query.fields ?? "core,basic").split(",");
    const whole = (query.expandMetadata ?? "").split(",");
    const answer = byCursor(this.#retrievals(query), query, 1000);
    return mapped(answer, (one) => ({
      ...{ id: one.id, traceId: one.traceId, startTime: one.startTime, type: one.type },
      // Input and output come as they were sent: as strings.
      ...(fields.includes("io") && { input: asText(one.input), output: asText(one.output) }),
      ...(fields.includes("metadata") && {
        metadata: Object.fromEntries(
          Object.entries(one.metadata).map(([key, value]) => [
            key,
            whole.includes(key) ? asText(value) : asText(value).slice(0, METADATA_CHARACTERS),
          ]),
        ),
      }),
    }));
  }

  #given({ name, fromTimestamp, toTimestamp }: Record<string, string>): ArchivedScore[] {
    return this.scores
      .filter((one) => name === undefined || name.split(",").includes(one.name))
      .filter(({ timestamp }) => within(timestamp, fromTimestamp, toTimestamp))
      .sort((a, b) => (a.timestamp < b.timestamp ? 1 : -1));
  }

  #scoresByCursor(query: Record<string, string>): ArchiveAnswer {
    const fields = (query.fields ?? "core").split(",");
    if (fields.some((field) => !["core", "details", "subject", "annotation"].includes(field))) return { status: 400 };
    return mapped(byCursor(this.#given(query), query, 100), ({ traceId, observationId, sessionId, ...score }) => ({
      ...score,
      value: score.dataType === "BOOLEAN" ? score.value === 1 : score.value,
      ...(fields.includes("subject") && {
        subject: observationId
          ? { kind: "observation", id: observationId, traceId }
          : traceId
            ? { kind: "trace", id: traceId }
            : { kind: "session", id: sessionId },
      }),
    }));
  }
}

const asText = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));

const within = (moment: string, from: string | undefined, to: string | undefined): boolean =>
  (from === undefined || Date.parse(moment) >= Date.parse(from)) &&
  (to === undefined || Date.parse(moment) < Date.parse(to));

/** A score as the older generation writes it: categories and booleans as a string beside a number. */
const flat = ({ value, dataType, ...score }: ArchivedScore) => ({
  ...score,
  dataType,
  value: typeof value === "number" ? value : 0,
  ...(dataType !== "NUMERIC" && { stringValue: dataType === "BOOLEAN" ? (value === 1 ? "True" : "False") : value }),
});

const byPage = <T>(all: T[], query: Record<string, string>, most: number): ArchiveAnswer => {
  const limit = Number(query.limit ?? 50);
  const page = Number(query.page ?? 1);
  if (!(limit >= 1 && limit <= most) || page < 1) return { status: 400 };
  const data = all.slice((page - 1) * limit, page * limit);
  const meta = { page, limit, totalItems: all.length, totalPages: Math.ceil(all.length / limit) };
  return { status: 200, body: { data, meta } };
};

const byCursor = <T>(
  all: T[],
  query: Record<string, string>,
  most: number,
): ArchiveAnswer & { body?: { data: T[] } } => {
  const limit = Number(query.limit ?? 50);
  if (!(limit >= 1 && limit <= most)) return { status: 400 };
  const from = query.cursor === undefined ? 0 : Number(Buffer.from(query.cursor, "base64url").toString());
  const more = from + limit < all.length;
  const cursor = more ? { cursor: Buffer.from(String(from + limit)).toString("base64url") } : {};
  return { status: 200, body: { data: all.slice(from, from + limit), meta: { limit, ...cursor } } as { data: T[] } };
};

const mapped = <T>(answer: ArchiveAnswer & { body?: { data: T[] } }, change: (one: T) => object): ArchiveAnswer =>
  answer.body ? { ...answer, body: { ...answer.body, data: answer.body.data.map(change) } } : answer;

/** Options of {@link supportArchive}. */
interface SupportOptions {
  generation?: "v3" | "v4";
  /** Retrievals over the time, one an hour. */
  retrievals?: number;
  /** When the newest was made. */
  newest?: Date;
}

const SUBJECTS = ["invoice", "password", "refund", "delivery", "contract", "warranty", "address", "subscription"];
/** Words of no meaning that belong to one number alone, so that texts about different numbers are no near copies. */
const codeOf = (number: number): string => {
  const next = mulberry32(number);
  return Array.from({ length: 4 }, () => next().toString(36).slice(2)).join(" ");
};
const ACTIONS = ["change", "cancel", "find", "print", "share", "renew", "check", "export", "correct", "download"];

/**
 * A help desk's retrievals as LangChain writes them: every fourth is judged on itself, every fourth through its trace, one in eight
 * badly; among them spans of another type, scores of sessions and of another name.
 */
export const supportArchive = ({
  generation = "v4",
  retrievals = 3000,
  newest = new Date("2026-11-20T00:00:00Z"),
}: SupportOptions = {}): LangfuseArchive => {
  const archive = new LangfuseArchive(generation);
  for (let i = 0; i < retrievals; i++) {
    const at = new Date(newest.getTime() - (retrievals - i) * 3600_000).toISOString();
    const later = new Date(newest.getTime() - (retrievals - i) * 3600_000 + 600_000).toISOString();
    const [id, traceId] = [`observation-${i}`, `trace-${i}`];
    const subject = SUBJECTS[i % SUBJECTS.length] ?? "";
    const action = ACTIONS[Math.floor(i / SUBJECTS.length) % ACTIONS.length] ?? "";
    const bad = i % 8 === 1;
    // A bad retrieval has the question of the good one before it.
    const number = bad ? i - 1 : i;
    const question = bad
      ? `How do I ${ACTIONS[Math.floor(number / SUBJECTS.length) % ACTIONS.length]} my ${SUBJECTS[number % SUBJECTS.length]}, case ${number}, ${codeOf(number)}?`
      : `How do I ${action} my ${subject}, case ${number}, ${codeOf(number)}?`;
    const passage = bad
      ? `Opening hours of office ${i}: nine to five, ask for desk ${i}, ${codeOf(-i)}.`
      : `Case ${i}: to ${action} the ${subject}, open page ${i} of the account and choose ${action} ${subject} ${i}, ${codeOf(i)}.`;
    archive.observations.push({
      ...{ id, traceId, type: "RETRIEVER", startTime: at, input: question, metadata: { note: "n".repeat(300) } },
      output: [{ page_content: passage, metadata: { source: `page-${i}` }, type: "Document" }],
    });
    archive.observations.push({
      ...{ id: `span-${i}`, traceId, type: "SPAN", startTime: at },
      input: "x",
      output: "y",
      metadata: {},
    });
    const score = {
      id: `score-${i}`,
      name: "helpful",
      dataType: "NUMERIC" as const,
      value: bad ? 0 : 1,
      timestamp: later,
    };
    if (i % 4 === 0) archive.scores.push({ ...score, traceId, observationId: id });
    if (i % 4 === 1) archive.scores.push({ ...score, traceId });
    if (i % 100 === 2) archive.scores.push({ ...score, name: "tone", dataType: "CATEGORICAL", value: "kind", traceId });
    if (i % 100 === 3) archive.scores.push({ ...score, sessionId: `session-${i}` });
  }
  archive.datasets["support questions"] = Array.from({ length: 230 }, (_, i) => ({
    id: `item-${i}`,
    status: i % 23 === 22 ? "ARCHIVED" : "ACTIVE",
    input: { question: `Where do I find form ${i} for region ${i % 7}?` },
    expectedOutput: JSON.stringify([`Form ${i} for region ${i % 7} lies in drawer ${i} of the archive.`]),
    metadata: null,
    createdAt: new Date(newest.getTime() - (230 - i) * 3600_000).toISOString(),
  }));
  return archive;
};
