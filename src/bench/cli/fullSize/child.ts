// The process that does one task of the full-size command.
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { makeExport } from "../../../../server/exports/makeExport.ts";
import { RECORD } from "../../../../server/exports/record.ts";
import { Embedder } from "../../../../server/serving/embedder.ts";
import { modelFolder } from "../../../../server/serving/modelFolder.ts";
import { TEXT_KINDS } from "../../../../server/serving/modelSource.ts";
import { openSession } from "../../../../server/serving/onnxSession.ts";
import { OnnxStore } from "../../../../server/serving/onnxStore.ts";
import { PROBE_TEXTS, PROBE_TOKENS } from "../../../domain/artifact/probes.ts";
import { StudioError } from "../../../domain/errors.ts";
import { readModelConfig } from "../../../domain/modelConfig.ts";
import { BASE_DATA } from "../../../domain/onnx/index.ts";
import { present } from "../../../domain/present.ts";
import { quantile } from "../../../domain/quantile.ts";
import { loadPrompts } from "../../../domain/text/prompts.ts";
import { loadTokenizer } from "../../../domain/text/tokenizer.ts";
import { memory, startMeter, type Spent } from "./meter.ts";
import type { Answer, Input, Name, Result, Served, Serving } from "./tasks.ts";

const TOKENS = 128;
/** Texts at once, and how often. */
const RUNS = [
  { texts: 1, times: 7 },
  { texts: 16, times: 3 },
];

const exportForm = async (task: Input<"export">): Promise<Result<"export">> => {
  const meter = startMeter();
  let writing: Spent | null = null;
  let bytes = 0;
  const onProgress = (done: number, total: number) => {
    if (done === total) [writing, bytes] = [meter(), total];
  };
  const proof = await makeExport(task, onProgress).then(
    async () => (JSON.parse(await readFile(join(task.out, RECORD), "utf8")) as { cosine: number }).cosine,
    (thrown: unknown) => {
      if (thrown instanceof StudioError && writing) return thrown.message;
      throw thrown;
    },
  );
  return { bytes, writing: present(writing, "end of the writing"), whole: meter(), proof };
};

const make = async ({ store, tuned, base, dtype }: Served): Promise<Result<"make">> => {
  const meter = startMeter();
  const folder = await new OnnxStore(store).tuned(tuned, base, dtype);
  return { ...meter(), bytes: (await stat(join(folder, BASE_DATA))).size };
};

const reference = async ({ store, tuned, base, dtype }: Served): Promise<Result<"reference">> => {
  const files = modelFolder(tuned.directory, tuned.base.id);
  const [{ hidden }, tokenizer, prompts] = [
    await readModelConfig(files),
    await loadTokenizer(files),
    await loadPrompts(files),
  ];
  const folder = await new OnnxStore(store).tuned(tuned, base, dtype);
  const session = await openSession(folder, { dimension: hidden, padToken: tokenizer.endToken });
  const rows = { query: new Float32Array(), document: new Float32Array() };
  for (const kind of TEXT_KINDS) {
    const vectors = await session.run(PROBE_TEXTS.map((text) => tokenizer.encode(prompts[kind], text, PROBE_TOKENS)));
    rows[kind] = Float32Array.from(vectors.flatMap((vector) => [...vector]));
  }
  await session.close();
  return rows;
};

const serve = async ({ store, tuned, base, dtype }: Served): Promise<Serving> => {
  const meter = startMeter();
  const source = { fingerprint: tuned.fingerprint, tuned, base };
  const embedder = await Embedder.open(source, new OnnxStore(store), { maxTokens: 512, dtype });
  const loading = meter();
  const [resident, own, mapped] = [memory("VmRSS"), memory("RssAnon"), memory("RssFile")];
  const embedding: Serving["embedding"] = [];
  for (const { texts, times } of RUNS) {
    const took: Spent[] = [];
    for (let i = 0; i < times; i++) {
      const batch = Array.from({ length: texts }, (_, j) => textOf(embedder, i * texts + j));
      const one = startMeter();
      await embedder.embed(batch, "document", { lane: "interactive" });
      took.push(one());
    }
    const middle = (pick: (spent: Spent) => number) => 1000 * quantile(took.map(pick), 0.5);
    embedding.push({ texts, clock: middle(({ seconds }) => seconds), processor: middle(({ processor }) => processor) });
  }
  await embedder.close();
  return { loading, resident, own, mapped, embedding };
};

/** A text of exactly so many tokens, another for each seed. */
const textOf = (embedder: Embedder, seed: number): string => {
  let text = `${seed}`;
  for (let i = 0; embedder.count(text, "document") < TOKENS; i++)
    text += ` ${["lock", "gate", "river", "paper", "engine", "cloud", "stone"][(i * (seed + 2) + i * i) % 7]}`;
  const count = embedder.count(text, "document");
  if (count !== TOKENS) throw new Error(`a text has ${count} tokens, not ${TOKENS}`);
  return text;
};

const TASKS: { [N in Name]: (input: Input<N>) => Promise<Result<N>> } = { export: exportForm, make, reference, serve };
const run = <N extends Name>(name: N, input: Input<N>): Promise<Result<N>> => TASKS[name](input);

const say = (answer: Answer): Promise<void> =>
  new Promise((resolve) => (process.send ? process.send(answer, () => resolve()) : resolve()));

process.on("disconnect", () => process.exit(1));
process.once("message", ({ name, input }: { name: Name; input: Input<Name> }) => {
  run(name, input)
    .then(
      (result) => say({ result }),
      (thrown: unknown) => say({ thrown: thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown) }),
    )
    .finally(() => process.exit(0));
});
