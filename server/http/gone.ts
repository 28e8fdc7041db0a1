import type { FastifyReply } from "fastify";

/** Aborts when the caller is gone, or the answer is complete: nothing needs to be done for it any more. */
export const whenGone = (reply: FastifyReply): AbortSignal => {
  const gone = new AbortController();
  reply.raw.once("close", () => gone.abort());
  return gone.signal;
};
