import { StudioError } from "../../domain/errors.ts";

const MEMORY_HINT =
  "Lower the chunk size or the longest text in tokens, close other tabs that use the GPU, or take the smaller base model.";

export const outOfMemory = (message: string): StudioError => new StudioError("out-of-memory", message, MEMORY_HINT);

/** A device's error by name: exhausted memory, or a command that it refused. */
export const faultOf = (error: GPUError): StudioError =>
  error instanceof GPUOutOfMemoryError
    ? outOfMemory(`The GPU ran out of memory: ${error.message}`)
    : new StudioError(
        "gpu-error",
        `The GPU refused a command: ${error.message}`,
        "This is a defect in the studio or the driver. Update the browser and the graphics driver, then try again.",
      );
