import { StudioError } from "../../domain/errors.ts";
import { connect, type Connected } from "../rpc.ts";
import type { FormsService } from "./protocol.ts";

/** A worker that writes forms for other runtimes; started with the first. */
export const createFormsWorker = (): Connected<FormsService> =>
  connect(() => new Worker(new URL("./host/forms.worker.ts", import.meta.url), { type: "module", name: "forms" }), {
    // Between two blocks it stops by itself; while a model is put on the device it does not.
    grace: 3000,
    broken: () =>
      new StudioError(
        "export-ended",
        "The part of the page that writes the file stopped, perhaps for want of memory; nothing was kept.",
        "Close other tabs, then try again, or use `npm run export`.",
      ),
  });
