import type { Logger } from "pino";
import type { History } from "./history.ts";
import { recover } from "./recovery.ts";
import type { Uploads } from "./uploads.ts";
import type { Versions } from "./versions.ts";
import type { Writing } from "./writing.ts";

/** So often a server that reads looks for what the writer did, and whether it is still there. */
const FOLLOW_MS = 1000;

/** Takes up what the server that writes has done; writes from now on where that server is gone. */
export const followOnce = async (
  parts: { writing: Writing; history: History; uploads: Uploads; versions: Versions },
  logger: Logger,
): Promise<void> => {
  const { writing, history, versions } = parts;
  const taken = await writing.take();
  const events = await (taken ? history.own() : history.follow());
  for (const { type, version } of events) {
    if (type === "registered") await versions.takeUp(version);
    if (type === "deleted") versions.forget(version);
  }
  for (const event of events) history.tell(event);
  if (!taken) return;
  logger.warn({ event: "registry.taken-over" }, "the server that wrote the registry is gone; this one writes it now");
  await recover(parts, logger, { writes: true });
};

/** Follows again and again. @returns the way to stop */
export const keepFollowing = (follow: () => Promise<void>, logger: Logger): (() => void) => {
  let failing = false;
  const look = async () => {
    try {
      await follow();
      failing = false;
    } catch (thrown) {
      // Said once, not every second.
      if (!failing) logger.error({ event: "registry.unfollowed", err: thrown }, "the registry cannot be followed");
      failing = true;
    }
  };
  const timer = setInterval(() => void look(), FOLLOW_MS);
  timer.unref();
  return () => clearInterval(timer);
};
