import { StudioError } from "../../domain/errors.ts";
import { connect, type Connected } from "../rpc.ts";
import type { DataService } from "./protocol.ts";

/** Data work in its own worker, so that 50,000 rows do not block the page. */
export const createDataWorker = (): Connected<DataService> =>
  connect(() => new Worker(new URL("./host/data.worker.ts", import.meta.url), { type: "module", name: "data" }), {
    // Reading stops by itself; an examination cannot.
    grace: 300,
    broken: () =>
      new StudioError(
        "data-worker-broken",
        "The part of the studio that reads data stopped.",
        "Drop the file again; if it is very large, drop a sample of it.",
      ),
  });
