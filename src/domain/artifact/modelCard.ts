import { VERDICT_WORDS } from "../evaluation/statistics/verdict.ts";
import { measuredOnNote, type MeasuredOn } from "../dataset/origin.ts";
import { provenanceFigures, provenanceWords } from "../dataset/provenance.ts";
import { isTrainedHere, tokensOf, type Manifest, type TrainedManifest } from "./manifest.ts";
import { limits, type QueryChanges } from "./cardLimits.ts";
import { frontMatter, LICENCES, onHub } from "./frontMatter.ts";
import type { Imported } from "./imported.ts";

const percent = (value: number): string => (100 * value).toFixed(1);
const points = (value: number): string => `${value >= 0 ? "+" : "−"}${Math.abs(100 * value).toFixed(1)}`;

/** Text for a Markdown table cell or heading: one line, no markup of its own. */
export const plain = (text: string): string =>
  text.replace(/\s+/g, " ").replace(/[\\`*_[\]<>|#]/g, (character) => `\\${character}`);

const scoreRows = (evaluation: NonNullable<Manifest["evaluation"]>): string =>
  Object.entries(evaluation.tuned)
    .map(([metric, tuned]) => {
      const baseline = evaluation.baseline[metric] ?? 0;
      const compared = evaluation.comparisons.find((comparison) => comparison.metric === metric);
      const change = compared
        ? `${points(compared.delta)} [${points(compared.interval[0])}, ${points(compared.interval[1])}] | ${VERDICT_WORDS[compared.verdict]}`
        : `${points(tuned - baseline)} | not tested`;
      return `| ${metric} | ${percent(baseline)} | ${percent(tuned)} | ${change} |`;
    })
    .join("\n");

const usage = (manifest: Manifest): string =>
  [
    onHub(manifest)
      ? "# loads the base from the hub and applies the adapter"
      : `# The base is not on the hub: run this where the folder ${manifest.base.id.replace(/\s+/g, " ")} lies, or with HF_ENDPOINT at a studio that has it.`,
    'model = SentenceTransformer("this-folder", model_kwargs={"dtype": "float32"})',
  ].join("\n");

/** What a reader must know before the figures. */
const measuredLine = (measuredOn: MeasuredOn | undefined): string => {
  const note = measuredOnNote(measuredOn);
  return note ? `\n\n**${note}**` : "";
};

/** The card's section on scores. */
export const scores = (manifest: Manifest): string => {
  const { evaluation } = manifest;
  return evaluation
    ? `${evaluation.queries} test queries against ${evaluation.corpus} documents, none of them seen in training. Values in percent;
the change with its paired bootstrap 95 % interval, in points.${measuredLine(evaluation.measuredOn)}

| metric | base | tuned | change | verdict |
|---|---|---|---|---|
${scoreRows(evaluation)}`
    : manifest.imported
      ? "Nobody has measured it yet: import it with test questions before you rely on it."
      : "The run had no test set, so there is no score.";
};

const originRow = ({ dataset: { provenance } }: TrainedManifest): string =>
  provenance
    ? `\n| origin | ${plain(provenanceWords(provenance))}; ${provenanceFigures(provenance)}${provenance.source === "documents" ? "" : `, ids hashed to \`${provenance.idsHash}\``} |`
    : "";

const minedRow = ({ dataset: { mining } }: TrainedManifest): string =>
  mining
    ? `\n| hard negatives | ${mining.negatives} mined with the base, up to ${mining.numNegatives} a query, margin ${mining.relativeMargin}; of the suspects ${mining.accepted} taken as right, ${mining.rejected} as wrong |`
    : "";

const scaledRow = ({ scaled }: TrainedManifest): string =>
  scaled
    ? `\n| strength | λ = ${scaled.strength} of run \`${scaled.runId}\`, fingerprint \`${scaled.fingerprint}\`: its adapter at that share of its effect, not trained again |`
    : "";

/** Nothing where float32 was asked for. */
const precisionRow = ({ hyperparameters, training }: TrainedManifest): string => {
  if (hyperparameters.precision !== "mixed") return "";
  return training.precision === "mixed"
    ? "| precision | mixed: forward products with the base's weights by f16 factors, all else in float32; scores in float32 |\n"
    : "| precision | float32; mixed precision was asked for and did not hold on the device |\n";
};

const trainingRows = (manifest: TrainedManifest): string => {
  const { hyperparameters: h, adapter } = manifest;
  return `## Training

| | |
|---|---|
| data | ${plain(manifest.dataset.name)}, ${manifest.dataset.rows} rows, fingerprint \`${manifest.dataset.fingerprint}\` |${originRow(manifest)}${minedRow(manifest)}
| split | ${manifest.split.train} training, ${manifest.split.dev} development, ${manifest.split.test} test rows, hash \`${manifest.split.hash}\` |
| adapter | ${adapterWords(adapter)} |${scaledRow(manifest)}
| optimizer | AdamW, rate ${h.learningRate}, warm-up ${h.warmupRatio}, weight decay ${h.weightDecay}, clipping ${h.maxGradNorm} |
| schedule | ${h.epochs} epochs, batch ${h.batchSize}, at most ${h.maxTokens} tokens, seed ${manifest.seed}; ${manifest.training.steps} steps, step ${manifest.training.bestStep} kept |
${precisionRow(manifest)}| device | ${plain(manifest.device.adapter)} (${manifest.device.backend}), ${Math.round(manifest.training.seconds)} s |
| base weights | SHA-256 \`${manifest.base.sha256}\`${licenceWords(manifest)} |`;
};

/** What is known of a model that was trained elsewhere; its data and training are not. */
const importRows = ({ imported, adapter, base }: Manifest & { imported: Imported }): string => `## Origin

Trained elsewhere and imported; Recall Studio knows neither its data nor its training.

| | |
|---|---|
| came as | ${imported.format === "peft" ? "a PEFT adapter" : "a complete model, factored"}${imported.tool === null ? "" : ` of ${plain(imported.tool)}`}, SHA-256 \`${imported.sha256}\` |
| names as its base | ${imported.namedBase === null ? "none" : plain(imported.namedBase)} |${imported.notes.map((note) => `\n| read otherwise | ${plain(note)} |`).join("")}${imported.test === null ? "" : `\n| measured on | ${plain(imported.test.name)}, ${imported.test.rows} rows, fingerprint \`${imported.test.fingerprint}\` |`}
| adapter | ${adapterWords(adapter)} |
| base weights | SHA-256 \`${base.sha256}\`${licenceWords({ base })} |`;

const licenceWords = ({ base }: Pick<Manifest, "base">): string => {
  const licence = LICENCES[base.sha256];
  return licence === undefined ? "; its licence holds for this model too" : `, licence ${licence}`;
};

const adapterWords = ({ rank, alpha, targetModules, parameters }: Manifest["adapter"]): string =>
  `rank ${rank}, alpha ${alpha}, on ${targetModules.join(", ")}; ${parameters} parameters`;

const made = (manifest: Manifest): string =>
  isTrainedHere(manifest)
    ? `trained with\nMultipleNegativesRankingLoss in Recall Studio ${manifest.engine.version}`
    : `trained elsewhere and\nimported into Recall Studio ${manifest.engine.version}`;

/** README.md of an artifact: what it is, how it was made, how it scored, how to load it. */
export const modelCard = (manifest: Manifest, changes: QueryChanges | null): string => {
  const { base, prompt, imported } = manifest;
  return `${frontMatter(manifest)}

# ${plain(manifest.name)}

A LoRA adapter that tunes ${plain(base.id)} (revision \`${base.revision}\`) for retrieval, ${made(manifest)}.

## Scores

${scores(manifest)}

## Use

\`\`\`python
from sentence_transformers import SentenceTransformer
${usage(manifest)}
queries = model.encode(["your question"], prompt_name="query")
documents = model.encode(["a document"])
print(model.similarity(queries, documents))
\`\`\`

Queries carry the prompt below, documents ${prompt.document === "" ? "none" : "their own"}. The last token is pooled and the
vector (${manifest.dimension} numbers) has length 1. A text is cut after ${tokensOf(manifest)} tokens, its prompt counted${imported ? "" : ", as it was in the run"};
\`model.max_seq_length\` sets another limit. The scores are those of float32: without \`dtype\` recent versions compute in
the type that the base is stored in, which moves single queries.

In JavaScript, from a studio that has put the model into production:

\`\`\`js
import { env, pipeline } from "@huggingface/transformers";
env.remoteHost = "http://127.0.0.1:4680/";
const embed = await pipeline("feature-extraction", "recall-studio/production", { dtype: "fp32" });
const prompt = ${JSON.stringify(prompt.query).replaceAll("```", "'''")};
const vectors = await embed([prompt + "your question"], { pooling: "last_token", normalize: true });
\`\`\`

Inference servers and llama.cpp want another form of it, which the studio makes and checks: \`npm run export -- --artifact this-folder --form merged\`
(sentence-transformers without PEFT, text-embeddings-inference, vLLM), \`gguf\` (llama.cpp, Ollama) or \`onnx\` (onnxruntime). Their cards show how they are run.

\`\`\`text
${prompt.query.replaceAll("```", "'''")}
\`\`\`

## Limits

${limits(manifest, changes, tokensOf(manifest))}

${isTrainedHere(manifest) ? trainingRows(manifest) : imported ? importRows({ ...manifest, imported }) : ""}

\`manifest.json\` holds all of this for machines, with the size and SHA-256 of every file.
`;
};
