/** `run.sh [--minutes N] [--out FILE] [--small] [--sections a,b] [--torch-device cpu]`: checks, then measures, what this machine does. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { cpus, loadavg, release, tmpdir, totalmem } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { ENGINE_VERSION } from "../../engine/version.ts";
import { randomBlock } from "./model.ts";
import { planFor, type Section } from "./plan.ts";
import { type Results, save } from "./results.ts";
import { runSection } from "./runSection.ts";
import { workloadFor } from "./workload.ts";

declare const __ENGINE_COMMIT__: string | null;

const { values: flags } = parseArgs({
  options: {
    minutes: { type: "string", default: "6" },
    out: { type: "string", default: "results.json" },
    small: { type: "boolean", default: false },
    sections: { type: "string" },
    python: { type: "string", default: "python3" },
    "torch-device": { type: "string", default: "cuda" },
  },
});

const here = (file: string): string => fileURLToPath(new URL(file, import.meta.url));
const minutes = Number(flags.minutes);
if (!(minutes > 0)) {
  console.error(`--minutes takes a number above 0, not ${flags.minutes}.`);
  process.exit(2);
}
const out = resolve(flags.out);
const deadline = Date.now() + minutes * 60_000;
const workload = workloadFor(flags.small);

/** Why PyTorch cannot be measured here, or null. */
const torchMissing = (): string | null => {
  const device = flags["torch-device"];
  const code = `import torch; torch.zeros(1, device="${device === "cpu" ? "cpu" : "cuda"}"); print(torch.__version__)`;
  try {
    execFileSync(flags.python, ["-c", code], { stdio: ["ignore", "pipe", "pipe"], timeout: 60_000 });
    return null;
  } catch (thrown) {
    const { stderr } = thrown as { stderr?: Buffer };
    return `There is no ${flags.python} with torch and ${device}: ${String(stderr ?? thrown)
      .trim()
      .split("\n")
      .at(-1)}`;
  }
};

/** The workload and the block of numbers that its weights are cut from, as compare_torch.py reads them. */
const torchFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), "recall-studio-torch-"));
  writeFileSync(join(folder, "workload.json"), JSON.stringify(workload));
  writeFileSync(join(folder, "block.f32"), new Uint8Array(randomBlock().buffer));
  return folder;
};

const commandFor = (section: Section): ((items: readonly string[]) => { file: string; args: string[] }) => {
  if (section.by === "engine") {
    const size = flags.small ? "small" : "full";
    return (items) => ({ file: process.execPath, args: [here("child.mjs"), section.name, size, ...items] });
  }
  const folder = torchFolder();
  const script = here("compare_torch.py");
  return (items) => ({ file: flags.python, args: [script, folder, flags["torch-device"], ...items] });
};

const main = async (): Promise<void> => {
  const results: Results = {
    engine: ENGINE_VERSION,
    commit: __ENGINE_COMMIT__,
    date: new Date().toISOString(),
    small: flags.small,
    minutes,
    machine: {
      node: process.version,
      kernel: release(),
      cpu: `${cpus().length} × ${cpus()[0]?.model ?? "unknown"}`,
      memoryBytes: totalmem(),
      loadAverage: loadavg()[0],
    },
    sections: {},
    finished: false,
  };
  save(out, results);
  const asked = flags.sections?.split(",");
  for (const section of planFor(workload)) {
    if (asked && !asked.includes(section.name)) continue;
    const items = section.items(results);
    const own = (results.sections[section.name] = {} as Results["sections"][string]);
    const missing = section.by === "torch" ? torchMissing() : null;
    console.error(`${section.name}: ${missing ?? `${items.length} items`}`);
    if (missing !== null) own.torch = { seconds: 0, error: missing };
    else
      await runSection({
        command: commandFor(section),
        items,
        limit: flags.small ? 4 * section.limit : section.limit, // software adapters take seconds to compile a shader
        deadline: Math.min(deadline, Date.now() + section.share * minutes * 60_000),
        onLog: (line) => console.error(`  ${line}`),
        onOutcome: (item, outcome) => {
          own[item] = outcome;
          save(out, results);
          const what = "error" in outcome ? `FAILED ${outcome.error}` : JSON.stringify(outcome.result).slice(0, 300);
          console.error(`  ${item} (${outcome.seconds.toFixed(1)} s): ${what}`);
        },
      });
    save(out, results);
  }
  results.finished = true;
  save(out, results);
  console.error(`Results: ${out}`);
};

await main();
