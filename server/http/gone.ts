import type { FastifyReply } from "fastify";

/** One reason for all: a new one takes down its stack at the end of every request. */
const GONE = new DOMException("Nobody waits for the answer any more.", "AbortError");

/** Aborts when the caller is gone, or the answer is complete: nothing needs to be done for it any more. */
export const whenGone = (reply: FastifyReply): AbortSignal => {
  const gone = new AbortController();
  reply.raw.once("close", () => gone.abort(GONE));
  return gone.signal;
};
