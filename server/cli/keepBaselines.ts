/**
 * `node server/setup/cli.mjs keepBaselines`: scores the bundled bases on the general set and writes what the studio keeps of it, for a new
 * engine version or another set.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { BUNDLED_BASES } from "../../src/domain/bases.ts";
import { GENERAL_SET, generalTask, readGeneralSet, scoresOf } from "../../src/domain/retention/index.ts";
import { ENGINE_VERSION, evaluateModel, loadBase } from "../../src/engine/index.ts";
import { PROJECT_ROOT } from "../lib/project.ts";
import { isStarted } from "./command.ts";
import { openCliDevice } from "./device.ts";
import { generalSetBytes } from "./generalSet.ts";
import { openBase } from "./nodeModelFiles.ts";
import { report } from "./problems.ts";

export const keepBaselines = async (): Promise<number> => {
  const task = generalTask(readGeneralSet(generalSetBytes()));
  const bases = [];
  for (const { id, sha256 } of BUNDLED_BASES) {
    const base = await loadBase(await openCliDevice("wasm"), openBase(id));
    const evaluation = await evaluateModel(base, null, task, {
      label: "baseline",
      prompts: base.prompts,
      maxTokens: GENERAL_SET.maxTokens,
    });
    const { metrics, tokens, seconds } = evaluation;
    console.log(
      `${id}: recall@10 ${(100 * metrics["recall@10"]).toFixed(1)} %, ${tokens} tokens, ${seconds.toFixed(1)} s`,
    );
    bases.push({ id, sha256, found: scoresOf(evaluation).join("") });
    base.dispose();
  }
  const file = join(PROJECT_ROOT, "src/domain/retention/keptBaselines.json");
  const kept = { engine: ENGINE_VERSION, set: GENERAL_SET.sha256, bases };
  writeFileSync(file, `${JSON.stringify(kept, null, 2)}\n`);
  return 0;
};

if (isStarted(import.meta.url))
  keepBaselines().then(
    (code) => process.exit(code),
    (thrown: unknown) => process.exit(report(thrown)),
  );
