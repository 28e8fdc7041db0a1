import { proxy, transfer, wrap, type Remote } from "comlink";
import { StudioError } from "../../domain/errors.ts";
import type { DataService } from "./protocol.ts";
import { installErrorTransfer } from "../errors.ts";

/** Data work in its own worker, started at the first call, so that 50,000 rows do not block the page. */
export const createDataWorker = (): DataService => {
  installErrorTransfer();
  let running: { remote: Remote<DataService>; failure: Promise<never>; fail: (error: StudioError) => void } | undefined;
  const start = () => {
    if (running) return running;
    const worker = new Worker(new URL("./host/data.worker.ts", import.meta.url), { type: "module", name: "data" });
    let fail: (error: StudioError) => void = () => undefined;
    const failure = new Promise<never>((_, reject) => {
      fail = (error) => {
        // The next call starts a fresh worker.
        running = undefined;
        worker.terminate();
        reject(error);
      };
    });
    worker.onerror = () => fail(broken());
    failure.catch(() => undefined);
    return (running = { remote: wrap<DataService>(worker), failure, fail });
  };
  /** A worker that cannot load, or that ran out of memory, answers nothing; its error event does. */
  const call = <T>(work: (data: Remote<DataService>) => Promise<T>): Promise<T> => {
    const { remote, failure } = start();
    return Promise.race([work(remote), failure]);
  };
  return {
    parse: (file, name, dialect, onProgress) => call((data) => data.parse(file, name, dialect, proxy(onProgress))),
    parseCorpus: (file, name, onProgress) => call((data) => data.parseCorpus(file, name, proxy(onProgress))),
    cancelReading: () => call((data) => data.cancelReading()),
    abandon: async () => running?.fail(abandoned()),
    examine: (rows, context, onProgress = () => undefined) =>
      call((data) => data.examine(rows, context, proxy(onProgress))),
    split: (rows, settings) => call((data) => data.split(rows, settings)),
    fingerprint: (rows, instruction) => call((data) => data.fingerprint(rows, instruction)),
    tasks: (rows, split) => call((data) => data.tasks(rows, split)),
    promptTask: (rows, split) => call((data) => data.promptTask(rows, split)),
    applyMined: (rows, split, labels) => call((data) => data.applyMined(rows, split, labels)),
    bm25: (task) => call((data) => data.bm25(task)),
    compare: (task, baseline, tuned) => call((data) => data.compare(task, baseline, tuned)),
    planMining: (rows, split) => call((data) => data.planMining(rows, split)),
    mine: (plan, embeddings, options) =>
      call((data) =>
        data.mine(plan, transfer(embeddings, [embeddings.queries.buffer, embeddings.documents.buffer]), options),
      ),
  };
};

const abandoned = (): StudioError =>
  new StudioError("aborted", "The work on the data was stopped.", "Start it again when you like.");

const broken = (): StudioError =>
  new StudioError(
    "data-worker-broken",
    "The part of the studio that reads data stopped.",
    "Drop the file again; if it is very large, drop a sample of it.",
  );
