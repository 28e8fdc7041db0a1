import { proxy, wrap, type Remote } from "comlink";
import { StudioError } from "../../domain/errors.ts";
import { installErrorTransfer } from "../errors.ts";
import type { EngineService } from "./protocol.ts";

type Engine = Remote<EngineService>;

const startWorker = () =>
  new Worker(new URL("./host/engine.worker.ts", import.meta.url), { type: "module", name: "engine" });

/**
 * The engine in its own worker, started at the first call. The page's thread does none of its work. After a worker broke, the
 * next call starts a fresh one, which has no base in memory yet.
 */
export const createEngine = (start: () => Worker = startWorker): EngineService => {
  installErrorTransfer();
  let running: { engine: Engine; failure: Promise<never> } | undefined;
  const engineRunning = () => {
    if (running) return running;
    const worker = start();
    const failure = new Promise<never>((_, reject) => {
      worker.onerror = (event) => {
        event.preventDefault(); // it is told as a named error below
        running = undefined;
        worker.terminate();
        reject(broken());
      };
    });
    failure.catch(() => undefined);
    return (running = { engine: wrap<EngineService>(worker), failure });
  };
  /** A worker that cannot even load answers nothing; its error event does. */
  const call = <T>(work: (engine: Engine) => Promise<T>): Promise<T> => {
    const { engine, failure } = engineRunning();
    return Promise.race([work(engine), failure]);
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
    rank: (request) => call((engine) => engine.rank(request)),
    exportArtifact: (request) => call((engine) => engine.exportArtifact(request)),
    embed: (texts, kind, which, strength, reading) =>
      call((engine) => engine.embed(texts, kind, which, strength, reading)),
  };
};

const broken = (): StudioError =>
  new StudioError(
    "engine-broken",
    "The engine stopped because of an error that it did not expect.",
    "Try again: a fresh engine starts, and training continues from the last saved state.",
  );
