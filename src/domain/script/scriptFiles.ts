import { adapterFile, jsonBytes, peftConfig, type TrainedManifest } from "../artifact/index.ts";
import type { TrainingExample } from "../dataset/types.ts";
import type { RetrievalTask } from "../evaluation/types.ts";
import type { ModelConfig } from "../modelConfig.ts";
import { at } from "../present.ts";
import type { PlannedRun } from "./plannedRun.ts";

/** What the script was tried with; other versions may compute the same. */
const REQUIREMENTS = `torch==2.13.0
transformers==5.18.0
sentence-transformers==6.0.1
peft==0.21.0
accelerate==1.15.0
`;

export interface ScriptInput {
  /** The text of `train.py`, which lies beside this file: page and command line read files each in their own way. */
  program: string;
  manifest: TrainedManifest;
  config: ModelConfig;
  examples: readonly TrainingExample[];
  plan: PlannedRun;
  dev: RetrievalTask | null;
  test: RetrievalTask | null;
}

/** The files of the folder that repeats a run with sentence-transformers, PEFT and accelerate, by path. */
export const scriptFiles = ({
  program,
  manifest,
  config,
  examples,
  plan,
  dev,
  test,
}: ScriptInput): Map<string, Uint8Array<ArrayBuffer>> => {
  const { base, prompt, hyperparameters, fingerprint, name } = manifest;
  const revision = /^[0-9a-f]{40}$/.test(base.revision) ? base.revision : null;
  const rows = examples.map(({ query, positive, negatives }, i) =>
    JSON.stringify({ query, positive, negatives, ids: at(plan.texts, i) }),
  );
  const text = (content: string) => new TextEncoder().encode(content);
  return new Map([
    ["train.py", text(program)],
    ["requirements.txt", text(REQUIREMENTS)],
    ["README.md", text(readme(manifest))],
    [
      "run.json",
      jsonBytes({
        name,
        fingerprint,
        base: { id: base.id, revision, sha256: base.sha256 },
        prompts: { query: prompt.query, document: prompt.document },
        hyperparameters: { ...hyperparameters, maxTokens: Math.min(hyperparameters.maxTokens, config.maxPositions) },
        dataset: manifest.dataset.fingerprint,
        split: manifest.split.hash,
      }),
    ],
    ["rows.jsonl", text(`${rows.join("\n")}\n`)],
    [
      "schedule.json",
      jsonBytes({ steps: plan.steps, warmupSteps: plan.warmupSteps, devSteps: dev ? plan.devSteps : [] }),
    ],
    ...(["dev", "test"] as const).flatMap((side): [string, Uint8Array<ArrayBuffer>][] => {
      const task = { dev, test }[side];
      return task ? [[`${side}.json`, jsonBytes(taskJson(task))]] : [];
    }),
    [
      "initial_adapter/adapter_config.json",
      jsonBytes({ ...peftConfig(plan.initial, { id: base.id, revision }), inference_mode: false }),
    ],
    ["initial_adapter/adapter_model.safetensors", adapterFile(plan.initial, config)],
  ]);
};

/** As the library's InformationRetrievalEvaluator takes it. */
const taskJson = ({ queries, corpus }: RetrievalTask) => ({
  queries: queries.map(({ text }, i) => [`q${i}`, text]),
  corpus: corpus.map((text, i) => [`d${i}`, text]),
  relevant: Object.fromEntries(queries.map(({ relevant }, i) => [`q${i}`, relevant.map((document) => `d${document}`)])),
});

const readme = ({ name, base, training, split, hyperparameters }: TrainedManifest): string => `# ${name} as a script

Repeats a run of Recall Studio with sentence-transformers, PEFT and accelerate: the same rows in the same order, prompts, initial
adapter, loss, schedule and choice of the kept step, in float32. **The folder holds the texts of the data.**

\`\`\`sh
pip install -r requirements.txt
# one card, or the processor with --cpu
accelerate launch --num_processes 1 train.py --out tuned
# several cards of one machine: each embeds a part of every batch, the loss is that of the whole batch
accelerate launch --multi_gpu --num_processes 4 train.py --out tuned
# several machines, here the first of two with eight cards each; on the second --machine_rank 1
accelerate launch --multi_gpu --num_machines 2 --num_processes 16 --machine_rank 0 --main_process_ip HOST --main_process_port 29500 train.py --out tuned
\`\`\`

\`--base DIR\` takes ${base.id} from a folder${/\//.test(base.id) ? "" : " (it is not on the hub: it lies in the studio's models/base/)"}. \`--mixed_precision bf16\` of accelerate is faster and no longer the same numbers.

The run made ${training.steps} steps and kept the weights of step ${training.bestStep}, on ${split.train} rows. \`tuned/log.jsonl\` has loss, gradient norm before clipping and
learning rate of each step, under the names of \`npm run train -- --log\`. In float32 the loss follows that log to about 1e-5 in the first steps.

The result comes back into the studio, measured and ready for the promotion gate:

\`\`\`sh
npm run import -- --adapter tuned --base ${/\//.test(base.id) ? "DIR" : base.id} --max-tokens ${hyperparameters.maxTokens} --test test.jsonl --out imported
\`\`\`
`;
