import { StudioError } from "../domain/errors.ts";
import type { Project } from "../app/comparison/projectSpaces.ts";

/** Projects in a worker of its own, which ends with the task or with its signal. */
export const projectInWorker: Project = ({ data, dim }, method, signal) =>
  new Promise((resolve, reject) => {
    const worker = new Worker(new URL("../worker/projection/host/projection.worker.ts", import.meta.url), {
      type: "module",
    });
    const end = () => {
      worker.terminate();
      signal.removeEventListener("abort", stop);
    };
    const stop = () => {
      end();
      reject(signal.reason);
    };
    signal.addEventListener("abort", stop, { once: true });
    worker.onmessage = ({ data: places }: MessageEvent<Float32Array>) => {
      end();
      resolve(places);
    };
    worker.onerror = ({ message }) => {
      end();
      reject(
        new StudioError(
          "projection-failed",
          "The spaces could not be drawn.",
          "Choose the other method, or try again.",
          {
            cause: message,
          },
        ),
      );
    };
    worker.postMessage({ data, dim, method }, [data.buffer]);
  });
