import { proxy, wrap } from "comlink";
import { StudioError } from "../domain/errors.ts";
import { installErrorTransfer } from "./errors.ts";
import type { EngineService } from "./protocol.ts";

/** The engine in its own worker, started at the first call. The page's thread does none of its work. */
export const createEngine = (): EngineService => {
  installErrorTransfer();
  let failure: Promise<never> | undefined;
  let remote: ReturnType<typeof wrap<EngineService>> | undefined;
  const start = () => {
    if (remote) return remote;
    const worker = new Worker(new URL("./host/train.worker.ts", import.meta.url), { type: "module", name: "engine" });
    failure = new Promise((_, reject) => {
      worker.onerror = () => reject(notStarted());
    });
    failure.catch(() => undefined);
    return (remote = wrap<EngineService>(worker));
  };
  /** A worker that cannot even load answers nothing; its error event does. */
  const call = <T>(work: (engine: ReturnType<typeof wrap<EngineService>>) => Promise<T>): Promise<T> => {
    const engine = start();
    return Promise.race([work(engine), failure as Promise<never>]);
  };
  return {
    probe: () => call((engine) => engine.probe()),
    loadBase: (base, onProgress) => call((engine) => engine.loadBase(base, proxy(onProgress))),
    loadAdapter: (files) => call((engine) => engine.loadAdapter(files)),
    tokenLengths: (texts, kind, instruction) => call((engine) => engine.tokenLengths(texts, kind, instruction)),
    selfTest: () => call((engine) => engine.selfTest()),
    train: (request, onEvent) => call((engine) => engine.train(request, proxy(onEvent))),
    dryRun: (request) => call((engine) => engine.dryRun(request)),
    pause: () => call((engine) => engine.pause()),
    resume: () => call((engine) => engine.resume()),
    stop: () => call((engine) => engine.stop()),
    checkpoint: () => call((engine) => engine.checkpoint()),
    evaluate: (request, onProgress) => call((engine) => engine.evaluate(request, proxy(onProgress))),
    cancelEvaluate: () => call((engine) => engine.cancelEvaluate()),
    exportArtifact: (request) => call((engine) => engine.exportArtifact(request)),
    embed: (texts, kind, which, strength, reading) =>
      call((engine) => engine.embed(texts, kind, which, strength, reading)),
  };
};

const notStarted = (): StudioError =>
  new StudioError(
    "engine-broken",
    "The engine stopped because of an error that it did not expect.",
    "Reload the page; training continues from the last saved state.",
  );
