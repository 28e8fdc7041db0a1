import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";

/** A request as it came. */
export interface AskedRerank {
  path: string;
  authorization: IncomingMessage["headers"]["authorization"];
  body: Record<string, unknown>;
  query: string;
  texts: string[];
}

/** What it does in place of answering well. */
type Fault = { status: number; headers?: Record<string, string> } | { body: unknown } | { page: string } | "silent";

export interface RerankServer {
  url: string;
  asked: AskedRerank[];
  /** Of all requests from now on. */
  fault: Fault | null;
  close(): Promise<void>;
}

/** A reranker of one form, which refuses the other's bodies with 422 as text-embeddings-inference and vLLM do. */
export const openRerankServer = async (
  form: "tei" | "cohere",
  score: (query: string, text: string) => number,
  port = 0,
): Promise<RerankServer> => {
  const server = createServer((request, response) => {
    void (async () => {
      const body = (await json(request)) as Record<string, unknown>;
      const texts = (form === "tei" ? body.texts : body.documents) as string[] | undefined;
      const query = String(body.query);
      const say = (status: number, value: unknown, headers = {}) =>
        response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(value));
      opened.asked.push({
        path: request.url ?? "",
        authorization: request.headers.authorization,
        body,
        query,
        texts: texts ?? [],
      });
      const { fault } = opened;
      if (fault === "silent") return;
      if (fault && "status" in fault) return say(fault.status, { error: body }, fault.headers);
      if (fault && "page" in fault) return response.writeHead(200, { "content-type": "text/html" }).end(fault.page);
      if (fault) return say(200, fault.body);
      if (!texts) return say(422, { error: "missing field" });
      if (form === "tei" && texts.length > 32) return say(422, { error: "batch size > maximum allowed batch size 32" });
      const scores = texts
        .map((text, index) => ({ index, score: score(query, text) }))
        .sort((a, b) => b.score - a.score);
      if (form === "tei") return say(200, scores);
      say(200, { id: "1", results: scores.map(({ index, score: relevance_score }) => ({ index, relevance_score })) });
    })();
  });
  await new Promise<void>((ready) => server.listen(port, "127.0.0.1", ready));
  const opened: RerankServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked: [],
    fault: null,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
  return opened;
};
