import type { PreTrainedModel, PreTrainedTokenizer, Tensor } from "@huggingface/transformers";
import runtimeGlue from "onnxruntime-web/ort-wasm-simd-threaded.asyncify.mjs?url";
import runtimeBinary from "onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm?url";
import type { ModelFiles } from "../../../domain/modelFiles.ts";
import { PAGE_MODEL } from "../../../domain/questions/pageModel.ts";
import type { Generate } from "../protocol.ts";
import { asLibraryCache, noFetch } from "./files.ts";
import { answerFailure } from "./failures.ts";
import type { Placement } from "./placement.ts";

/**
 * As the model's own settings have it: a small model without it repeats one word to the end. Tokens are not drawn, so the same
 * prompt gives the same answer.
 */
const DECODING = { do_sample: false, repetition_penalty: 1.1 };

/** Loads the model from its stored files with transformers.js, which comes only now, from the page's own origin. */
export const openTransformers = async (files: ModelFiles, { device, precision }: Placement): Promise<Generate> => {
  const library = await import("@huggingface/transformers");
  const { env, AutoTokenizer, AutoModelForCausalLM, LogLevel } = library;
  Object.assign(env, { allowLocalModels: false, useBrowserCache: false, useWasmCache: false, useCustomCache: true });
  env.customCache = asLibraryCache(files);
  const { repo, revision } = PAGE_MODEL;
  // Whether there is a tokenizer the library asks of `main`, whatever revision it is told: only the pinned one is there.
  env.remotePathTemplate = `{model}/resolve/${revision}/`;
  env.fetch = noFetch;
  // On an error it would log what the model was asked.
  env.logLevel = LogLevel.NONE;
  const absolute = (path: string) => new URL(path, self.location.href).href;
  const { wasm } = env.backends.onnx;
  if (wasm) wasm.wasmPaths = { mjs: absolute(runtimeGlue), wasm: absolute(runtimeBinary) };
  const tokenizer = await AutoTokenizer.from_pretrained(repo, { revision });
  const model = await AutoModelForCausalLM.from_pretrained(repo, { revision, device, dtype: precision });
  const interrupt = new library.InterruptableStoppingCriteria();
  return answering(tokenizer, model, interrupt);
};

type Interrupt = InstanceType<(typeof import("@huggingface/transformers"))["InterruptableStoppingCriteria"]>;

const answering =
  (tokenizer: PreTrainedTokenizer, model: PreTrainedModel, interrupt: Interrupt): Generate =>
  async (messages, { maxNewTokens, signal }) => {
    signal.throwIfAborted();
    interrupt.reset();
    const stop = (): void => interrupt.interrupt();
    signal.addEventListener("abort", stop, { once: true });
    try {
      const inputs = tokenizer.apply_chat_template([...messages], { add_generation_prompt: true });
      const inputTokens = inputs.input_ids.dims[1] ?? 0;
      const output = (await model.generate({
        ...inputs,
        ...DECODING,
        max_new_tokens: maxNewTokens,
        stopping_criteria: interrupt,
      })) as Tensor;
      signal.throwIfAborted();
      const length = output.dims[1] ?? 0;
      const answer = output.slice(null, [inputTokens, length]);
      const [text = ""] = tokenizer.batch_decode(answer, { skip_special_tokens: true });
      return { text, inputTokens, outputTokens: length - inputTokens };
    } catch (thrown) {
      signal.throwIfAborted();
      throw answerFailure(thrown);
    } finally {
      signal.removeEventListener("abort", stop);
    }
  };
