import { StudioError } from "../../domain/errors.ts";
import { connect, type Connected } from "../rpc.ts";
import type { EmbedService } from "./protocol.ts";

/** A worker that holds one model, until it is closed. */
export type EmbedWorker = Connected<EmbedService>;

/** One worker a model: each runtime has its own 4 GiB, and a failed one takes nothing with it. */
export const createEmbedWorker = (): EmbedWorker =>
  connect(() => new Worker(new URL("./host/embed.worker.ts", import.meta.url), { type: "module", name: "embed" }), {
    // The runtime does not stop while it reads weights; then its worker is ended.
    grace: 1500,
    broken: () =>
      new StudioError(
        "page-runtime-failed",
        "The part of the page that embeds questions stopped.",
        "Load the model again, or embed questions on the server.",
      ),
  });
