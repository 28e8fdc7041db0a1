import { StudioError } from "../../../domain/errors.ts";
import type { ModelFiles } from "../../../domain/modelFiles.ts";
import type { HubModelOptions, HubStore } from "../../../platform/hub/index.ts";
import type { Generate, GeneratorService } from "../protocol.ts";
import { loadFailure } from "./failures.ts";
import { openPageModel } from "./files.ts";
import { placementFor, type Placement } from "./placement.ts";

export interface GeneratorPorts {
  store: HubStore;
  /** Null where there is no WebGPU. */
  requestAdapter(): Promise<Parameters<typeof placementFor>[0]>;
  open(files: ModelFiles, placement: Placement): Promise<Generate>;
  retry?: HubModelOptions["retry"];
}

/** Holds the language model of the page, wherever it runs. */
export const createGenerator = ({ store, requestAdapter, open, retry }: GeneratorPorts): GeneratorService => {
  let generate: Generate | null = null;
  return {
    async load(host, onProgress, signal) {
      const placement = placementFor(await requestAdapter());
      const files = await openPageModel(placement.precision, {
        store,
        onProgress,
        signal,
        ...(host !== null && { host }),
        ...(retry && { retry }),
      });
      signal.throwIfAborted();
      generate = await open(files, placement).catch((cause: unknown) => {
        throw loadFailure(cause);
      });
      return { slow: placement.device === "wasm" };
    },
    async generate(messages, maxNewTokens, signal) {
      if (!generate)
        throw new StudioError("page-runtime-failed", "No model is loaded in this page.", "Write the rest to load it.");
      // Messages of the page are heard between two passages at least: the processor computes without a pause.
      await new Promise((resolve) => setTimeout(resolve));
      return generate(messages, { maxNewTokens, signal });
    },
  };
};
