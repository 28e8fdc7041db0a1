import type { FastifyReply, FastifyRequest } from "fastify";
import { StudioError } from "../../src/domain/errors.ts";

/** Bytes a millisecond, as a floor over the whole body: 16 KB/s. */
const SLOWEST = 16;

/**
 * Answers 408 `upload-stalled` when the sender of a long body sends nothing for `idleMs`, or keeps a connection by driblets.
 * Only time in which this server waits for the sender counts, not time in which it holds the sender back.
 */
export const refuseStalledUpload = (request: FastifyRequest, reply: FastifyReply, idleMs: number): void => {
  const { raw } = request;
  const began = raw.socket.bytesRead;
  let [seen, still, waited] = [began, 0, 0];
  const tick = Math.min(1000, idleMs / 4);
  const timer = setInterval(() => {
    if (raw.complete || raw.readableEnded) return clearInterval(timer);
    const { bytesRead } = raw.socket;
    still = bytesRead === seen ? still + tick : 0;
    seen = bytesRead;
    // What has arrived lies unread: the sender is not to blame.
    if (raw.readableLength > 0) still = 0;
    else waited += tick;
    if (still < idleMs && waited < 2 * idleMs + (seen - began) / SLOWEST) return;
    clearInterval(timer);
    if (!reply.sent) reply.send(new StudioError("upload-stalled", "The upload stopped.", "Send it again."));
  }, tick);
  timer.unref();
  reply.raw.once("close", () => clearInterval(timer));
};
