import { fitsAddress, type SearchedModel, type SearchResponse } from "../../domain/api/index.ts";
import { toProblem, type Problem } from "../../domain/errors.ts";
import { eventQueue } from "../eventQueue.ts";
import type { EmbedHere, RetrievalClient, SearchRequest } from "./ports.ts";

/** One model's answer, as soon as it is there. */
export type SearchEvent =
  | {
      model: SearchedModel;
      type: "answered";
      response: SearchResponse;
      /** From the question to the answer as the page saw it. */ seconds: number;
      /** For embedding in the page; null where the server embedded. */ embedSeconds: number | null;
    }
  | { model: SearchedModel; type: "failed"; problem: Problem; thrown: unknown };

/**
 * Asks every model at once; a slow or failing one does not hold up the others. Ends when all have answered. With `embedHere` the
 * question's text stays in the page: only its vector is sent.
 */
export async function* searchEach(
  request: SearchRequest,
  models: readonly SearchedModel[],
  client: Pick<RetrievalClient, "search" | "searchVector">,
  embedHere: EmbedHere | null,
  now: () => number,
  signal: AbortSignal,
): AsyncIterable<SearchEvent> {
  const events = eventQueue<SearchEvent>();
  const ask = async (model: SearchedModel) => {
    const from = now();
    try {
      const { q, ...rest } = request;
      const here = embedHere && (await embedHere(q, model));
      const response = here
        ? await client.searchVector(rest, here, model, signal)
        : await client.search(request, model, signal);
      const seconds = (now() - from) / 1000;
      events.push({ model, type: "answered", response, seconds, embedSeconds: here && here.seconds });
    } catch (thrown) {
      events.push({ model, type: "failed", problem: toProblem(thrown), thrown });
    }
  };
  void Promise.all(models.map(ask)).then(() => events.close());
  yield* events;
}

/** A word quoted for a POSIX shell. */
const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** The search that a snippet shows: a question too long for an address has a placeholder, since such a command would be refused. */
export const shownRequest = (request: SearchRequest): SearchRequest =>
  fitsAddress(request.q) ? request : { ...request, q: "your question" };

/** The same search as a command for a terminal. */
export const curlOf = (origin: string, path: string, request: SearchRequest, model: SearchedModel): string =>
  [
    `curl --get ${quoted(origin + path)}`,
    `--data-urlencode ${quoted(`q=${request.q}`)}`,
    `--data ${quoted(`k=${request.k}`)}`,
    `--data ${quoted(`model=${model}`)}`,
    ...(request.mode === null ? [] : [`--data ${quoted(`mode=${request.mode}`)}`]),
    ...(request.rerank === null ? [] : [`--data ${quoted(`rerank=${request.rerank}`)}`]),
    ...(request.dimension === null ? [] : [`--data ${quoted(`dimension=${request.dimension}`)}`]),
    ...request.filter.map((filter) => `--data-urlencode ${quoted(`filter=${filter}`)}`),
  ].join(" \\\n  ");

const parametersOf = (request: SearchRequest, model: SearchedModel): string[][] => [
  ["q", request.q],
  ["k", String(request.k)],
  ["model", model],
  ...(request.mode === null ? [] : [["mode", request.mode]]),
  ...(request.rerank === null ? [] : [["rerank", String(request.rerank)]]),
  ...(request.dimension === null ? [] : [["dimension", String(request.dimension)]]),
  ...request.filter.map((filter) => ["filter", filter]),
];

/** The same search with Python's standard library; JSON strings are Python's too. */
export const pythonOf = (origin: string, path: string, request: SearchRequest, model: SearchedModel): string => {
  const tuples = parametersOf(request, model)
    .map((pair) => `(${pair.map((text) => JSON.stringify(text)).join(", ")})`)
    .join(", ");
  return [
    "import json, urllib.parse, urllib.request",
    "",
    `query = urllib.parse.urlencode([${tuples}])`,
    `answer = json.load(urllib.request.urlopen(${JSON.stringify(`${origin}${path}?`)} + query))`,
    'for hit in answer["hits"]:',
    '    print(hit["rank"], round(hit["score"], 3), hit["text"][:80])',
  ].join("\n");
};

/** The same search with nothing but the platform's own `fetch`. */
export const fetchOf = (origin: string, path: string, request: SearchRequest, model: SearchedModel): string => {
  const parameters = parametersOf(request, model);
  return [
    `const url = new URL(${JSON.stringify(origin + path)});`,
    `url.search = new URLSearchParams(${JSON.stringify(parameters)});`,
    "const { hits, embedder } = await (await fetch(url)).json();",
  ].join("\n");
};
