import { StudioError } from "../../domain/errors.ts";
import { connect, type Connected } from "../rpc.ts";
import type { ProjectionService } from "./protocol.ts";

/** Projections in a worker of their own. */
export const createProjectionWorker = (): Connected<ProjectionService> =>
  connect(
    () => new Worker(new URL("./host/projection.worker.ts", import.meta.url), { type: "module", name: "projection" }),
    {
      grace: 0, // Nothing of it can be asked to stop.
      broken: () =>
        new StudioError(
          "projection-failed",
          "The spaces could not be drawn.",
          "Choose the other method, or try again.",
        ),
    },
  );
