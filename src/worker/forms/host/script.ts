import { asModelFolder, MANIFEST_PATH, parseManifest, trainedHere } from "../../../domain/artifact/index.ts";
import { StudioError } from "../../../domain/errors.ts";
import { readModelConfig } from "../../../domain/modelConfig.ts";
import type { ModelFiles } from "../../../domain/modelFiles.ts";
import { unpackRunTexts, type PackedRunTexts } from "../../../domain/run/texts.ts";
import { mustBeExpressible, scriptFiles } from "../../../domain/script/index.ts";
import { loadTokenizer } from "../../../domain/text/tokenizer.ts";
import { planRun } from "../../../engine/index.ts";

/**
 * The script folder of a run, from its artifact and the texts it was trained on.
 * @throws StudioError `manifest-no-script`, `model-imported`, `different-splits` for texts of another run
 */
export const scriptOf = async (
  artifact: ModelFiles,
  packed: PackedRunTexts,
  program: string,
): Promise<{ date: Date; files: Map<string, Uint8Array<ArrayBuffer>> }> => {
  const manifest = trainedHere(parseManifest(await artifact.read(MANIFEST_PATH)));
  mustBeExpressible({ ...manifest, isScaled: manifest.scaled !== undefined });
  const { examples, dev, test } = unpackRunTexts(packed);
  if (test.splitHash !== manifest.split.hash)
    throw new StudioError(
      "different-splits",
      "The texts that are stored for this run are not those that it was trained on.",
      "Train it again, or use npm run export -- --form script with the data set's file.",
    );
  // Config and tokenizer lie in the artifact; weights are not needed to lay a run out.
  const folder = asModelFolder(artifact);
  const config = await readModelConfig(folder);
  const plan = await planRun(
    { config, tokenizer: await loadTokenizer(folder) },
    examples,
    manifest.prompt,
    manifest.hyperparameters,
  );
  return {
    date: new Date(manifest.createdAt),
    files: scriptFiles({ program, manifest, config, examples, plan, dev, test }),
  };
};
