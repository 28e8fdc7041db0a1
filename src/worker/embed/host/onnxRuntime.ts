import type { InferenceSession } from "onnxruntime-web";
import webgpuGlue from "onnxruntime-web/ort-wasm-simd-threaded.asyncify.mjs?url";
import webgpuBinary from "onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm?url";
import wasmGlue from "onnxruntime-web/ort-wasm-simd-threaded.mjs?url";
import wasmBinary from "onnxruntime-web/ort-wasm-simd-threaded.wasm?url";
import { StudioError } from "../../../domain/errors.ts";
import { lastTokenVectors, leftPadded } from "../../../domain/onnx/index.ts";
import { isOutOfMemory } from "../../../domain/outOfMemory.ts";
import { present } from "../../../domain/present.ts";
import type { PageProvider } from "../protocol.ts";

/** A loaded graph in the page: token ids in, unit vector out. */
export interface PageSession {
  threads: number;
  /** @param ids one sequence, with its end token */
  run(ids: Int32Array): Promise<Float32Array>;
}

/** More of them give little: the weights have to come from memory. */
const MOST_THREADS = 8;

/** Both runtimes come from the page's own origin, and only when a model is loaded. */
const RUNTIMES = {
  wasm: {
    load: () => import("onnxruntime-web/wasm"),
    // The glue by its address: threads start from it as it is.
    paths: { mjs: wasmGlue, wasm: wasmBinary },
  },
  webgpu: {
    load: () => import("onnxruntime-web/webgpu"),
    paths: { mjs: webgpuGlue, wasm: webgpuBinary },
  },
};

/**
 * Opens a graph whose weights lie in files beside it. After a failure the worker is of no more use: the runtime keeps its state.
 * @throws StudioError `page-memory`, `page-runtime-failed`
 */
export const openPageSession = async (
  provider: PageProvider,
  files: { graph: Uint8Array; data: { path: string; data: Uint8Array }[] },
  options: { dimension: number; padToken: number },
): Promise<PageSession> => {
  const { load, paths } = RUNTIMES[provider];
  const guarded = <T>(work: () => Promise<T>): Promise<T> =>
    work().catch((cause: unknown) => {
      throw cause instanceof StudioError ? cause : failed(provider, cause);
    });
  return guarded(async () => {
    const ort = await load();
    const absolute = (path: string) => new URL(path, self.location.href).href;
    ort.env.wasm.wasmPaths = { mjs: absolute(paths.mjs), wasm: absolute(paths.wasm) };
    const cores = navigator.hardwareConcurrency;
    // Threads share memory, which browsers allow to isolated pages only.
    ort.env.wasm.numThreads = self.crossOriginIsolated ? Math.min(cores, MOST_THREADS, Math.max(2, cores >> 1)) : 1;
    ort.env.logLevel = "error";
    const session: InferenceSession = await ort.InferenceSession.create(files.graph, {
      executionProviders: [provider],
      externalData: files.data,
      logSeverityLevel: 3,
    });
    return {
      threads: provider === "wasm" ? (ort.env.wasm.numThreads ?? 1) : 1,
      run: (sequence) =>
        guarded(async () => {
          const { ids, mask, dims } = leftPadded([sequence], options.padToken);
          const output = await session.run({
            input_ids: new ort.Tensor("int64", ids, dims),
            attention_mask: new ort.Tensor("int64", mask, dims),
          });
          const state = present(output.last_hidden_state, "last_hidden_state");
          const [vector] = lastTokenVectors(
            { data: (await state.getData()) as Float32Array, dims: state.dims },
            options.dimension,
          );
          state.dispose();
          return vector as Float32Array;
        }),
    };
  });
};

const failed = (provider: PageProvider, cause: unknown): StudioError =>
  isOutOfMemory(cause)
    ? new StudioError(
        "page-memory",
        "This browser does not give the memory that the model needs.",
        "Close other tabs and load it again, or embed questions on the server.",
        { cause },
      )
    : new StudioError(
        "page-runtime-failed",
        provider === "webgpu" ? "The model does not run on this GPU." : "The model does not run in this browser.",
        "Update the browser, or embed questions on the server.",
        { cause },
      );
