import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A request as a test looks at it. */
export interface AskedChat {
  /** Counted from 1 over all requests, and over those about the same passage. */
  number: number;
  time: number;
  /** What stands between the fences of the prompt. */
  passage: string;
  body: ChatBody;
  authorization: string | undefined;
  path: string;
}

interface ChatBody {
  model: string;
  messages: { role: string; content: string }[];
  response_format?: { type: string };
  tools?: unknown;
  [field: string]: unknown;
}

/** What the endpoint does with a request. */
export type ChatReply =
  | { content: string; afterMs?: number; usage?: boolean }
  | { refusal: string }
  | { status: number; headers?: Record<string, string>; body?: string }
  /** The connection closes in the middle of the answer. */
  | { cut: string };

export interface ChatEndpoint {
  url: string;
  asked: AskedChat[];
  close(): Promise<void>;
}

/** Questions as a well-behaved model gives them. */
export const answering = (...questions: string[]): ChatReply => ({
  content: JSON.stringify({ questions }),
  usage: true,
});

/** An OpenAI-compatible chat endpoint that answers by a script. */
export const openChatEndpoint = async (script: (asked: AskedChat) => ChatReply): Promise<ChatEndpoint> => {
  const asked: AskedChat[] = [];
  const times = new Map<string, number>();
  const server = createServer((request, response) => {
    // As programs that serve models answer the pages of their computer.
    for (const what of ["origin", "headers"]) response.setHeader(`access-control-allow-${what}`, "*");
    if (request.method === "OPTIONS") return void response.writeHead(204).end();
    void read(request).then((body) => {
      const passage = passageOf(body);
      times.set(passage, (times.get(passage) ?? 0) + 1);
      const one: AskedChat = {
        number: asked.length + 1,
        time: times.get(passage) ?? 1,
        passage,
        body,
        authorization: request.headers.authorization,
        path: request.url ?? "",
      };
      asked.push(one);
      send(response, script(one));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    asked,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};

const read = async (request: IncomingMessage): Promise<ChatBody> => {
  let text = "";
  for await (const part of request.setEncoding("utf8")) text += part as string;
  return JSON.parse(text || "{}") as ChatBody;
};

/** The text between the two fences, which are the first line that repeats. */
const passageOf = ({ messages = [] }: ChatBody): string => {
  const user = messages.find(({ role }) => role === "user")?.content ?? "";
  return /^(=====\w+=====)\n([\s\S]*?)\n\1$/m.exec(user)?.[2] ?? "";
};

const send = (response: ServerResponse, reply: ChatReply): void => {
  if ("status" in reply) {
    response.writeHead(reply.status, { "content-type": "application/json", ...reply.headers }).end(reply.body ?? "{}");
    return;
  }
  if ("cut" in reply) {
    response.writeHead(200, { "content-type": "application/json", "content-length": "10000" });
    response.write(reply.cut, () => response.destroy());
    return;
  }
  const message = "refusal" in reply ? { content: null, refusal: reply.refusal } : { content: reply.content };
  const usage = "usage" in reply && reply.usage ? { usage: { prompt_tokens: 100, completion_tokens: 20 } } : {};
  const body = JSON.stringify({
    choices: [{ index: 0, finish_reason: "stop", message: { role: "assistant", ...message } }],
    ...usage,
  });
  const answer = (): void => void response.writeHead(200, { "content-type": "application/json" }).end(body);
  if ("afterMs" in reply && reply.afterMs) setTimeout(answer, reply.afterMs);
  else answer();
};
