import { StudioError } from "../../../domain/errors.ts";
import { isOutOfMemory } from "../../../domain/outOfMemory.ts";

/** How runtimes and browsers say that the GPU is gone. */
const DEVICE_LOST = /device.{0,20}\blost\b|\blost\b.{0,20}device|external instance reference|device_removed/i;

const KEPT = "What was written is kept.";

const known = (cause: unknown): StudioError | null => {
  if (cause instanceof StudioError) return cause;
  if (DEVICE_LOST.test(String(cause)))
    return new StudioError(
      "page-device-lost",
      "The GPU was taken from the model in this page.",
      `Close other pages that use the GPU, then write the rest. ${KEPT}`,
      { cause },
    );
  if (isOutOfMemory(cause))
    return new StudioError(
      "page-memory",
      "This browser does not give the memory that the model needs.",
      `Close other tabs, then write the rest, or choose a model on this computer. ${KEPT}`,
      { cause },
    );
  return null;
};

/** Why an answer did not come. The runtime's own words may hold what it was asked, so they are not told. */
export const answerFailure = (cause: unknown): StudioError =>
  known(cause) ??
  new StudioError(
    "page-model-failed",
    "The model in this page failed at this passage.",
    "Write the rest to ask again; if many fail, choose another writer.",
    { cause },
  );

/** Why the model did not load. */
export const loadFailure = (cause: unknown): StudioError =>
  known(cause) ??
  new StudioError(
    "page-runtime-failed",
    "The model does not run in this browser.",
    "Update the browser, or choose a model on this computer.",
    { cause },
  );
