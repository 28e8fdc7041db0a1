import { proxy, wrap, type Remote } from "comlink";
import { StudioError } from "../../domain/errors.ts";
import type { EmbedService } from "./protocol.ts";
import { installErrorTransfer } from "../errors.ts";

/** A worker that holds one model, until it is closed. */
export interface EmbedWorker extends EmbedService {
  close(): void;
}

/** How long a cancelled load may take to end by itself. */
const CANCEL_MS = 1500;

/** One worker a model: each runtime has its own 4 GiB, and a failed one takes nothing with it. */
export const createEmbedWorker = (): EmbedWorker => {
  installErrorTransfer();
  const worker = new Worker(new URL("./host/embed.worker.ts", import.meta.url), { type: "module", name: "embed" });
  const remote: Remote<EmbedService> = wrap<EmbedService>(worker);
  let fail: (error: Error) => void = () => undefined;
  const ended = new Promise<never>((_, reject) => (fail = reject));
  ended.catch(() => undefined);
  worker.onerror = (event) => {
    event.preventDefault(); // it is told as a named error
    fail(broken());
    worker.terminate();
  };
  const call = <T>(work: Promise<T>): Promise<T> => Promise.race([work, ended]);
  return {
    inspect: (model, headers) => call(remote.inspect(model, headers)),
    load: (request, onEvent) => call(remote.load(request, proxy(onEvent))),
    cancel: async () => {
      // The runtime does not stop while it reads weights; then its worker is ended.
      await Promise.race([remote.cancel(), new Promise((resolve) => setTimeout(resolve, CANCEL_MS))]);
      fail(new DOMException("cancelled", "AbortError"));
      worker.terminate();
    },
    embed: (text) => call(remote.embed(text)),
    forget: () => call(remote.forget()),
    close: () => {
      fail(new DOMException("closed", "AbortError"));
      worker.terminate();
    },
  };
};

const broken = (): StudioError =>
  new StudioError(
    "page-runtime-failed",
    "The part of the page that embeds questions stopped.",
    "Load the model again, or embed questions on the server.",
  );
