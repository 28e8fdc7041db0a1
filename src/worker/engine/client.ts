import { StudioError } from "../../domain/errors.ts";
import { connect, type Connected } from "../rpc.ts";
import type { EngineService } from "./protocol.ts";

/** The engine in its own worker. After it broke, a fresh one has no base in memory yet. */
export const createEngine = (): Connected<EngineService> =>
  connect(() => new Worker(new URL("./host/engine.worker.ts", import.meta.url), { type: "module", name: "engine" }), {
    broken: () =>
      new StudioError(
        "engine-broken",
        "The engine stopped because of an error that it did not expect.",
        "Try again: a fresh engine starts, and training continues from the last saved state.",
      ),
  });
