// `npm run test:full-size`: a model of the true 0.6B shapes with random weights, in the page, written as every form, and
// served. `--only page,onnx,serving-q8` takes parts by name, or by what their names begin with.
import { execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { kinds, readFlags } from "../../../server/cli/flags.ts";
import { report } from "../../../server/cli/problems.ts";
import { PROJECT_ROOT } from "../../../server/lib/project.ts";
import { Checks } from "./fullSize/checks.ts";
import { FORM_PARTS, measureForms } from "./fullSize/forms.ts";
import { inPage } from "./fullSize/inPage.ts";
import { withSection } from "./fullSize/sections.ts";
import { measureServing, SERVING_PARTS } from "./fullSize/serving.ts";
import { syntheticModel } from "./fullSize/syntheticModel.ts";
import { tunedModel } from "./fullSize/tunedModel.ts";

const PAGE = join(PROJECT_ROOT, "docs/full-size.md");
const PARTS = ["page", ...FORM_PARTS, ...SERVING_PARTS];

const FLAGS = {
  only: {
    value: "NAMES",
    help: `parts by name or its beginning, with commas between: ${PARTS.join(", ")}`,
    schema: kinds.text,
  },
  hardware: { help: "let the page use this machine's graphics card", schema: kinds.switch },
  record: { help: "write what was measured into docs/full-size.md", schema: kinds.switch },
};
const HELP = {
  about: "Passes a model of the true 0.6B shapes with random weights through the page, every form and the server.",
  examples: ["npm run test:full-size", "npm run test:full-size -- --only page,onnx,serving-q8"],
};
type Flags = NonNullable<ReturnType<typeof readFlags<typeof FLAGS>>>;

/** @throws Error for a name that is no part's, nor the beginning of one */
const chosenParts = (only: string | undefined): ReadonlySet<string> => {
  if (only === undefined) return new Set(PARTS);
  const chosen = only.split(",").map((name) => {
    const found = PARTS.filter((part) => part === name || part.startsWith(`${name}-`));
    if (found.length === 0) throw new Error(`--only: there is no part ${name}. Parts: ${PARTS.join(", ")}.`);
    return found;
  });
  return new Set(chosen.flat());
};

const measure = async (checks: Checks, flags: Flags): Promise<void> => {
  const parts = chosenParts(flags.only);
  const some = (names: readonly string[]) => names.some((name) => parts.has(name));
  const load = loadavg()[0]?.toFixed(1);
  const folder = await mkdtemp(join(tmpdir(), "recall-studio-full-size-"));
  const sections = new Map<string, string>();
  try {
    const generated = performance.now();
    const { files, weights } = await syntheticModel(folder, join(PROJECT_ROOT, "models/base/qwen3-embedding-tiny"));
    console.log(
      `generated ${weights.bytes} bytes in ${((performance.now() - generated) / 1000).toFixed(1)} s, sha256 ${weights.sha256}`,
    );
    if (parts.has("page")) sections.set("In the page", await inPage({ folder, files, weights }, checks, flags));
    if (some([...FORM_PARTS, ...SERVING_PARTS])) {
      const { served, made } = await tunedModel(folder, weights.sha256);
      if (some(SERVING_PARTS)) sections.set("Serving", await measureServing(served, made, parts, checks));
      if (some(FORM_PARTS)) sections.set("Forms for other runtimes", await measureForms(served, parts, checks));
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  const ends = loadavg()[0]?.toFixed(1);
  if (flags.record) await record(sections, `load average ${load} before and ${ends} after`);
  else for (const body of sections.values()) console.log(`\n${body}`);
};

/** Replaces the sections of the page that were measured. */
const record = async (sections: ReadonlyMap<string, string>, load: string): Promise<void> => {
  const commit = execFileSync("git", ["rev-parse", "--short", "HEAD"], { cwd: PROJECT_ROOT, encoding: "utf8" }).trim();
  const machine = `${cpus().length} × ${cpus()[0]?.model.trim() ?? "CPU"}, Node ${process.version}`;
  const when = `Measured on ${new Date().toISOString().slice(0, 10)} at commit ${commit}: ${machine}, ${load}.`;
  let page = await readFile(PAGE, "utf8");
  for (const [title, body] of sections) page = withSection(page, title, `${when}\n\n${body}`);
  await writeFile(PAGE, page);
};

const main = async (args: string[]): Promise<number> => {
  const flags = readFlags("test:full-size", FLAGS, args, HELP);
  if (!flags) return 0;
  const checks = new Checks();
  await measure(checks, flags);
  const failed = checks.all.filter(({ passed }) => !passed).length;
  console.log(`${checks.all.length - failed} of ${checks.all.length} checks passed`);
  return failed === 0 ? 0 : 1;
};

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (thrown: unknown) => process.exit(report(thrown)),
);
