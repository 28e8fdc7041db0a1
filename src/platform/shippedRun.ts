import { StudioError } from "../domain/errors.ts";
import type { ShippedRun, ShippedRunSource } from "../app/runs/finishedRun.ts";

/** Below the page's own address. */
const FOLDER = "/samples/finished";

const fetched = async (path: string): Promise<Response> => {
  const response = await fetch(`${FOLDER}/${path}`).catch(() => null);
  if (response?.ok) return response;
  throw new StudioError(
    "finished-run-unavailable",
    "The finished run could not be read from the server.",
    response ? "Build the page again: a file of public/samples/finished is missing." : "Start the server again.",
  );
};

/** The finished run as the server hands it out with the page. */
export const shippedRun: ShippedRunSource = {
  opening: async () => (await fetched("opening.json")).json() as Promise<unknown>,
  run: async () => (await (await fetched("run.json")).json()) as ShippedRun,
  file: async (path) => new Uint8Array(await (await fetched(path)).arrayBuffer()),
};
