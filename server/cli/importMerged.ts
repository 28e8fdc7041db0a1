import { PROBE_TEXTS, smallestCosine, type Adapter, type Imported } from "../../src/domain/artifact/index.ts";
import { StudioError } from "../../src/domain/errors.ts";
import { FORM_COSINE } from "../../src/domain/export/index.ts";
import { factorMerged } from "../../src/domain/import/index.ts";
import type { ModelFiles } from "../../src/domain/modelFiles.ts";
import { openCheckpoint } from "../../src/domain/safetensors/index.ts";
import { embedTexts, loadBase, LoraAdapter, type LoadedBase } from "../../src/engine/index.ts";
import type { Reading } from "./adapterFolder.ts";

/** As in the artifact's reference. */
const PROBE_TOKENS = 512;

/**
 * A merged model as an adapter, held against the vectors of the model itself.
 * @throws StudioError `import-differs` when the adapter would be another model
 */
export const readMerged = async (
  folder: ModelFiles,
  base: LoadedBase,
  rank: number,
  { prompts }: Reading,
): Promise<{ adapter: Adapter; origin: Pick<Imported, "format" | "tool" | "namedBase" | "notes"> }> => {
  const merged = await openCheckpoint(folder);
  const started = Date.now();
  const { adapter, error } = await factorMerged(
    merged,
    await openCheckpoint(base.files),
    base.config,
    rank,
    (done, total) => {
      if (done % 28 === 0 && Date.now() - started > 5000) console.error(`${done} of ${total} projections factored`);
    },
  );
  const view = LoraAdapter.from(base.session.kernels, base.config, adapter);
  const whole = await loadBase(base.session, folder);
  let cosine = 1;
  for (const kind of ["query", "document"] as const) {
    const options = { kind, prompts, maxTokens: PROBE_TOKENS };
    const own = await embedTexts(whole, null, PROBE_TEXTS, options);
    const factored = await embedTexts(base, view, PROBE_TEXTS, options);
    cosine = Math.min(cosine, smallestCosine(factored.data, own.data, base.config.hidden));
  }
  whole.dispose();
  view.dispose();
  const bar = merged.info("norm.weight").dtype === "F32" ? FORM_COSINE.f32 : FORM_COSINE.bf16;
  const lost = `${(100 * error).toPrecision(2)} % of the change of the weights is left out`;
  if (!(cosine >= bar))
    throw new StudioError(
      "import-differs",
      `As an adapter of rank ${adapter.rank} the model gives other vectors than its own: cosine ${cosine.toFixed(6)} where ${bar} is asked for; ${lost}.`,
      `Give a larger --rank (up to 256), or serve the model as a base of its own: put its folder into models/base/ and name it with EMBEDDING_MODEL.`,
    );
  return {
    adapter,
    origin: {
      format: "merged",
      tool: null,
      namedBase: null,
      notes: [
        `It was a complete model; its difference to the base was factored at rank ${adapter.rank}: ${lost}, and the probe texts' vectors have a cosine of at least ${cosine.toFixed(6)} to the model's own.`,
      ],
    },
  };
};
