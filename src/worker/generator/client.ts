import { StudioError } from "../../domain/errors.ts";
import { connect, type Connected } from "../rpc.ts";
import type { GeneratorService } from "./protocol.ts";

/** A worker that holds the language model, until it is closed: then its memory is free again. */
export const createGeneratorWorker = (): Connected<GeneratorService> =>
  connect(
    () => new Worker(new URL("./host/generator.worker.ts", import.meta.url), { type: "module", name: "generator" }),
    {
      // Between two tokens it stops by itself; while it reads weights or computes on the processor it does not.
      grace: 1500,
      broken: () =>
        new StudioError(
          "page-runtime-failed",
          "The model in this page stopped, perhaps for want of memory.",
          "Close other tabs, then write the rest: what was written is kept.",
        ),
    },
  );
