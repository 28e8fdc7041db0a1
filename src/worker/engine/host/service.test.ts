// Longer than 300 lines: what the service does with one base that is loaded and trained once.
import { at } from "../../../domain/present.ts";
import { readFile } from "node:fs/promises";
import { beforeAll, describe, expect, test } from "vitest";
import { memoryFolder, parseManifest, verifyArtifact, smallestCosine } from "../../../domain/artifact/index.ts";
import { dot, truncateAndNormalize, VECTOR_FORMS } from "../../../domain/evaluation/index.ts";
import { rankTopK } from "../../../domain/evaluation/index.ts";
import { diskModel, fixture } from "../../../testing/modelFiles.ts";
import { StudioError } from "../../../domain/errors.ts";
import type { RunEvent } from "../../../domain/training/types.ts";
import { memoryEmbeddings } from "../../../engine/embed/memoryEmbeddings.ts";
import { openDevice } from "../../../engine/index.ts";
import { seal, unseal } from "../../rpc.ts";
import { memorySelfTests, packed, pairs, request, taskOf } from "../../../app/testing/nanoRun.ts";
import { Service } from "./service.ts";

test("a device that failed is given up, and the next load starts on a fresh one", async () => {
  const full = new StudioError("out-of-memory", "The GPU ran out of memory.", "Lower the chunk size.");
  let [opened, closed, fault] = [0, 0, null as StudioError | null];
  const service = new Service({
    openDevice: async () => {
      const session = await openDevice({ backends: ["wasm"] });
      const first = opened++ === 0;
      return { ...session, failure: () => (first ? fault : null), close: () => void closed++ };
    },
    openFiles: async () => diskModel(fixture("nano")),
    cache: memoryEmbeddings(),
    selfTests: memorySelfTests(),
    commit: null,
  });
  await service.loadBase({ source: "bundled", name: "nano" }, () => undefined);
  fault = full;
  await service.loadBase({ source: "bundled", name: "nano" }, () => undefined);
  expect([opened, closed]).toEqual([2, 1]);
  expect(await service.embed(["t1"], "query", "baseline")).toMatchObject({ dim: 64 });
});

describe("the engine's service", () => {
  let service: Service;
  const selfTests = memorySelfTests();
  beforeAll(async () => {
    service = new Service({
      openDevice: () => openDevice({ backends: ["wasm"] }),
      openFiles: async () => diskModel(fixture("nano")),
      cache: memoryEmbeddings(),
      selfTests,
      commit: null,
    });
  });

  test("asks for a base before anything else", async () => {
    await expect(service.embed(["t1"], "query", "baseline")).rejects.toMatchObject({ code: "base-missing" });
    await expect(service.train(request, packed(), () => undefined)).rejects.toMatchObject({ code: "base-missing" });
  });

  test("loads a base and passes its self-test", async () => {
    const progress: number[] = [];
    const base = await service.loadBase({ source: "bundled", name: "nano" }, (done) => progress.push(done));
    expect(base).toMatchObject({ dim: 64, layers: 2, prompts: { query: "t500 t501 t502 ", document: "" } });
    expect(base.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(progress.at(-1)).toBe(base.parameters * 4);
    expect(await service.selfTest()).toMatchObject({ passed: true });
  });

  test("trains, serves checkpoints while paused, scores dev from step 0, and resumes to the same end", async () => {
    const events: RunEvent[] = [];
    const work = service.train(request, packed(), (event) => {
      events.push(event);
      if (event.type === "step" && event.report.step === 2) void service.pause();
      if (event.type === "paused") void atPause();
    });
    let atTwo: Awaited<ReturnType<Service["checkpoint"]>> = null;
    const atPause = async () => {
      atTwo = await service.checkpoint();
      await expect(service.loadBase({ source: "bundled", name: "nano" }, () => undefined)).rejects.toMatchObject({
        code: "engine-busy",
      });
      await service.resume();
    };
    const outcome = await work;
    expect(outcome).toMatchObject({ runId: "run-1", finished: true, stepsDone: 4, selfTest: { passed: true } });
    const types = events.map(({ type }) => type);
    expect(types).toContain("paused");
    expect(types.indexOf("resumed")).toBeGreaterThan(types.indexOf("paused"));
    expect(events.flatMap((event) => (event.type === "dev" ? [event.score.step] : []))).toEqual([0, 2, 4]);
    const steps = events.flatMap((event) => (event.type === "step" ? [event.report] : []));
    expect(steps.map(({ step }) => step)).toEqual([1, 2, 3, 4]);
    expect(steps[0]?.learningRate).toBeGreaterThan(0);
    expect(steps.every(({ loss, gradNorm, embeddingNorm }) => loss > 0 && gradNorm > 0 && embeddingNorm > 0)).toBe(
      true,
    );
    expect(atTwo).toMatchObject({ step: 2 });

    const again: RunEvent[] = [];
    const resumed = await service.train({ ...request, resumeFrom: atTwo }, packed(), (event) => again.push(event));
    const rest = again.flatMap((event) => (event.type === "step" ? [event.report] : []));
    expect(rest.map(({ step, loss }) => [step, loss])).toEqual(steps.slice(2).map(({ step, loss }) => [step, loss]));
    expect(resumed.checkpoint.tensors).toEqual(outcome.checkpoint.tensors);
    expect(resumed.tuned.metrics).toEqual(outcome.tuned.metrics);
  });

  test("documents that dev has scored with the step that is kept are not embedded again for the test", async () => {
    const both = taskOf(pairs.slice(16), "e");
    const task = (from: number, to: number) => ({ ...both, queries: both.queries.slice(from, to) });
    const test = task(4, 8);
    const { tuned } = await service.train(request, packed({ dev: task(0, 4), test }), () => undefined);
    const reading = { instruction: request.instruction, maxTokens: request.hyperparameters.maxTokens };
    const anew = await service.evaluate({ which: "tuned", ...reading }, seal(test), () => undefined);
    expect(tuned.metrics).toEqual(anew.metrics);
    expect(tuned.perQuery).toEqual(anew.perQuery);
    expect([tuned.tokens! > 0, tuned.tokens! < anew.tokens! / 2]).toEqual([true, true]);
  });

  test("embeds no text twice with one model; another instruction, length or adapter is another text or model", async () => {
    const task = taskOf(pairs, "c");
    const ask = { which: "baseline", instruction: "t302", maxTokens: 64 } as const;
    const first = await service.evaluate(ask, seal(task), () => undefined);
    const progress: number[] = [];
    const again = await service.evaluate(ask, seal(task), (done) => progress.push(done));
    expect(first.tokens).toBeGreaterThan(0);
    expect(again).toMatchObject({ tokens: 0, metrics: first.metrics, perQuery: first.perQuery });
    expect(progress.at(-1)).toBe(48);
    const queriesAlone = await service.evaluate({ ...ask, instruction: "t300 t301" }, seal(task), () => undefined);
    expect(queriesAlone.tokens).toBeGreaterThan(0);
    expect(queriesAlone.tokens).toBeLessThan(first.tokens!);
    const embedded = [1, 0.5, 1].map((strength) => service.embed(["t1 t2 t9"], "query", "tuned", strength));
    const [whole, half, wholeAgain] = await Promise.all(embedded);
    expect(wholeAgain!.data).toEqual(whole!.data);
    expect(half!.data).not.toEqual(whole!.data);
  });

  test("scores any strength and dimension; strength 0 is the base, another dimension costs no pass", async () => {
    const task = taskOf(pairs, "c");
    const ask = { which: "tuned", instruction: "t302", maxTokens: 64 } as const;
    const silent = () => undefined;
    const baseline = await service.evaluate({ ...ask, which: "baseline" }, seal(task), silent);
    const none = await service.evaluate({ ...ask, strength: 0 }, seal(task), silent);
    expect(none).toMatchObject({ tokens: 0, perQuery: baseline.perQuery });
    const half = await service.evaluate({ ...ask, strength: 0.5 }, seal(task), silent);
    expect(half.tokens).toBeGreaterThan(0);
    const full = await service.evaluate(ask, seal(task), silent);
    const short = await service.evaluate({ ...ask, dim: 16 }, seal(task), silent);
    expect(short.tokens).toBe(0);
    const reading = { instruction: "t302", maxTokens: 64 };
    const [query, document] = await Promise.all([
      service.embed([at(task.queries, 0).text], "query", "tuned", 1, reading),
      service.embed([at(task.corpus, at(at(short.perQuery, 0).top, 0))], "document", "tuned", 1, reading),
    ]);
    const cut = ({ data }: { data: Float32Array }) => truncateAndNormalize(data, 64, 16);
    expect(at(short.perQuery, 0).scores[0]).toBeCloseTo(dot(cut(query), 0, cut(document), 0, 16), 6);
    expect(at(full.perQuery, 0).scores[0]).not.toBe(at(short.perQuery, 0).scores[0]);
  });

  test("weighs smaller forms of the embeddings, from what was embedded before", async () => {
    const task = taskOf(pairs, "c");
    const reading = { instruction: "t302", maxTokens: 64 };
    const { signal } = new AbortController();
    const full = await service.evaluate({ which: "tuned", ...reading }, seal(task), () => undefined);
    const progress: number[] = [];
    const { rows, corpus } = await service.weighBytes(reading, seal(task), (done) => progress.push(done), signal);
    expect(rows.map(({ form, dim }) => `${form} ${dim}`)).toEqual(
      [64, 32, 16, 8].flatMap((dim) => VECTOR_FORMS.map((form) => `${form} ${dim}`)),
    );
    expect(at(rows, 0)).toMatchObject({ recall: full.metrics["recall@10"], bytes: 256, delta: null });
    expect(at(rows, -1)).toMatchObject({ form: "binary", bytes: 1, beside: 16 });
    expect(corpus).toBe(task.corpus.length);
    expect(progress).toEqual([task.corpus.length, task.corpus.length + task.queries.length]);
  });

  test("finds out what it still knows, at any strength; whatever changes the models gives it up", async () => {
    const set = new Uint8Array(await readFile(new URL("../../../../public/general/pairs.jsonl", import.meta.url)));
    const progress: [number, number][] = [];
    const silent = () => undefined;
    const never = new AbortController().signal;
    const none = await service.retention({ instruction: null, strength: 0 }, set, (...at) => progress.push(at), never);
    expect(none.baseline).toHaveLength(240);
    expect(none.tuned).toEqual(none.baseline);
    expect(progress.at(-1)).toEqual([960, 960]);
    await expect(service.retention({ instruction: null }, set.slice(1), silent, never)).rejects.toMatchObject({
      code: "general-set-damaged",
    });
    const work = service.retention({ instruction: null }, set, silent, never);
    const ended = expect(work).rejects.toMatchObject({ name: "AbortError" });
    await service.loadBase({ source: "bundled", name: "nano" }, silent);
    await ended;
    await service.train(request, packed(), silent);
  });

  test("a scoring can be cancelled", async () => {
    const cancel = new AbortController();
    const work = service.evaluate(
      { which: "baseline", instruction: "t303", maxTokens: 64 },
      seal(taskOf(pairs, "e")),
      () => undefined,
      cancel.signal,
    );
    cancel.abort();
    await expect(work).rejects.toMatchObject({ name: "AbortError" });
  });

  test("exports an artifact that verifies and, loaded again, gives the same embeddings", async () => {
    const outcome = await service.train(request, packed(), () => undefined);
    const files = await service.exportArtifact({
      runId: "run-1",
      name: "words",
      dataset: { name: "words", fingerprint: "b".repeat(64), rows: 24 },
      baseline: outcome.baseline,
      tuned: outcome.tuned,
    });
    expect((await verifyArtifact(memoryFolder(files))).problems).toEqual([]);
    const texts = pairs.slice(0, 5).map(({ query }) => query);
    const inMemory = await service.embed(texts, "query", "tuned");
    const half = await service.embed(texts, "query", "tuned", 0.5);
    const baseline = await service.embed(texts, "query", "baseline");
    expect(smallestCosine(await none(texts), baseline.data, baseline.dim)).toBeGreaterThan(1 - 1e-6);
    // A version of its own at half of the strength: the same tensors, half the alpha, and the vectors of that strength.
    const weaker = await service.exportStrength({
      artifact: files,
      strength: 0.5,
      runId: "run-1-half",
      name: "words, λ 0.5",
      baseline: outcome.baseline,
      tuned: outcome.tuned,
    });
    expect((await verifyArtifact(memoryFolder(weaker))).problems).toEqual([]);
    const manifestOf = (folder: typeof files) =>
      parseManifest(folder.find(({ path }) => path === "manifest.json")!.bytes);
    const [trained, taken] = [manifestOf(files), manifestOf(weaker)];
    expect(taken.adapter).toEqual({
      ...trained.adapter,
      alpha: trained.adapter.alpha / 2,
      scaling: trained.adapter.scaling / 2,
    });
    expect(taken).toMatchObject({
      scaled: { runId: "run-1", fingerprint: trained.fingerprint, strength: 0.5 },
      dataset: trained.dataset,
      training: trained.training,
    });
    expect(taken.fingerprint).not.toBe(trained.fingerprint);
    expect(new TextDecoder().decode(weaker.find(({ path }) => path === "README.md")!.bytes)).toContain(
      "| strength | λ = 0.5 of run `run-1`",
    );
    await service.loadAdapter(weaker);
    const asHalf = await service.embed(texts, "query", "tuned");
    expect(smallestCosine(asHalf.data, half.data, half.dim)).toBeGreaterThan(1 - 1e-6);
    await service.loadAdapter(files);
    const loaded = await service.embed(texts, "query", "tuned");
    expect(smallestCosine(loaded.data, inMemory.data, loaded.dim)).toBeGreaterThan(0.9999);
    const moved = smallestCosine(loaded.data, baseline.data, loaded.dim);
    expect(moved).toBeLessThan(0.9999);
    expect(smallestCosine(half.data, baseline.data, half.dim)).toBeGreaterThan(moved);
  });
  const none = async (texts: string[]): Promise<Float32Array> => (await service.embed(texts, "query", "tuned", 0)).data;

  test("finds the nearest documents exactly, keeps what was embedded when it is stopped, and goes on from there", async () => {
    const asked = { queries: pairs.map(({ query }) => query), documents: pairs.map(({ positive }) => positive) };
    const reading = { instruction: null, maxTokens: 64 };
    const progress: [number, number][] = [];
    const stop = new AbortController();
    const stopped = service.nearest(
      { ...reading, k: 5 },
      seal(asked),
      (done, total) => {
        progress.push([done, total]);
        if (done === asked.documents.length) stop.abort(); // The documents are embedded.
      },
      stop.signal,
    );
    await expect(stopped).rejects.toMatchObject({ name: "AbortError" });
    const { signal } = new AbortController();
    const found = await unseal(await service.nearest({ ...reading, k: 5 }, seal(asked), () => undefined, signal));
    expect(progress.slice(0, 2)).toEqual([
      [0, 48],
      [24, 48],
    ]);
    const { queries, documents, dim } = found;
    expect(found.ranked).toEqual(rankTopK({ queryEmbeddings: queries, corpusEmbeddings: documents, dim, k: 5 }));
    const same = await service.embed(asked.documents, "document", "baseline", 1, reading);
    expect(documents).toEqual(same.data);
  });

  test("a dry run times a few steps, keeps nothing, and can be stopped", async () => {
    const { plan, ...measured } = await service.dryRun(request, packed());
    expect(plan).toEqual({ steps: 4, pairs: 32, devScorings: 3 });
    expect(measured.steps).toBe(3);
    expect(measured.pairsPerSecond * measured.secondsPerStep).toBeCloseTo(8, 5);
    for (const value of Object.values(measured)) expect(value).toBeGreaterThan(0);
    const stopped = service.dryRun(request, packed());
    await service.stop();
    await expect(stopped).rejects.toMatchObject({ code: "aborted" });
    await expect(service.dryRun(request, packed())).resolves.toMatchObject({ steps: 3 });
    // It gives way to whatever else is asked for, a run included.
    const left = service.dryRun(request, packed());
    const loaded = service.loadBase({ source: "bundled", name: "nano" }, () => undefined);
    await expect(left).rejects.toMatchObject({ code: "aborted" });
    expect(await loaded).toMatchObject({ dim: 64 });
  });

  test("a passed self-test is kept for the device, the engine and the base, and not repeated", async () => {
    expect([...selfTests.kept.keys()]).toEqual([expect.stringMatching(/"0\.1\.0".*"backend":"wasm"/)]);
    const stages: RunEvent[] = [];
    const { selfTest } = await service.train({ ...request, runId: "again" }, packed(), (event) => stages.push(event));
    expect(selfTest).toBe([...selfTests.kept.values()][0]);
    expect(stages).toContainEqual(expect.objectContaining({ stage: "self-test", done: 1, total: 1 }));
  });

  test("ends early when dev gets no better, with the best step's weights, and counts on after a resume", async () => {
    const flat = { ...request.hyperparameters, epochs: 6, evaluateEvery: 1, learningRate: 1e-12, warmupRatio: 0.25 };
    const stops: RunEvent[] = [];
    let atFour: Awaited<ReturnType<Service["checkpoint"]>> = null;
    const patient = { ...request, hyperparameters: { ...flat, patience: 2 } };
    const outcome = await service.train(patient, packed(), (event) => {
      if (event.type === "early-stop") stops.push(event);
      if (event.type === "dev" && event.score.step === 4) void service.checkpoint().then((state) => (atFour = state));
    });
    // Three steps of twelve warm up: the first is not scored, and the others are not counted.
    expect(outcome).toMatchObject({ finished: true, stepsDone: 5, bestStep: 2 });
    const stop = { step: 5, totalSteps: 12, bestStep: 2, patience: 2 };
    expect(stops).toEqual([{ type: "early-stop", stop }]);

    expect(atFour).toMatchObject({ step: 4 });
    const resumed = await service.train({ ...patient, resumeFrom: atFour }, packed(), (event) => stops.push(event));
    expect(resumed).toMatchObject({ finished: true, stepsDone: 5, bestStep: 2 });
    expect(stops.filter(({ type }) => type === "early-stop")).toHaveLength(2);
    // Nothing is left to train from there, whatever the patience was exhausted by.
    const over = await service.train({ ...patient, resumeFrom: outcome.checkpoint }, packed(), () => undefined);
    expect(over).toMatchObject({ finished: true, stepsDone: 5 });

    const endless = { ...request, hyperparameters: { ...flat, epochs: 3, patience: 0 } };
    expect(await service.train(endless, packed(), () => undefined)).toMatchObject({ finished: true, stepsDone: 6 });
  });

  test("a stop while the baseline is scored ends the run at once", async () => {
    const seen: string[] = [];
    const fresh = { ...request, instruction: "Another sentence, so that nothing is known yet", runId: "stopped" };
    const stopped = service.train(fresh, packed(), (event) => {
      if (event.type === "stage") seen.push(event.stage);
      if (event.type === "stage" && event.stage === "baseline") void service.stop();
    });
    await expect(stopped).rejects.toMatchObject({ code: "run-stopped" });
    expect(seen.filter((stage) => stage === "train")).toEqual([]);
  });

  test("a stop keeps what was learnt; two pairs with one text are refused", async () => {
    const stopped = await service.train(request, packed(), (event) => {
      if (event.type === "step") void service.stop();
    });
    expect(stopped).toMatchObject({ finished: false, stepsDone: 1 });
    const same = { query: "t1", positive: "t2", negatives: [] };
    await expect(service.train(request, packed({ examples: [same, same] }), () => undefined)).rejects.toMatchObject({
      code: "dataset-too-small",
    });
  });
});
