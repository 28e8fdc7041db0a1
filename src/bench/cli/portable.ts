// `npm run bench:portable -- --out DIR [--loader DIR]`: one folder that measures a graphics card on a machine without network or Node.
import { execFileSync } from "node:child_process";
import { chmod, copyFile, cp, mkdir, readdir, rm, stat } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, join, relative, resolve } from "node:path";
import { build, type Plugin } from "vite";
import { kinds, readFlags } from "../../../server/cli/flags.ts";
import { report } from "../../../server/cli/problems.ts";
import { commitOf } from "../../../server/setup/commit.mjs";
import { PROJECT_ROOT } from "../../../server/lib/project.ts";

const FLAGS = {
  out: { value: "DIR", required: true, help: "where the folder is to lie", schema: kinds.required("a folder") },
  loader: { value: "DIR", help: "Vulkan's loader, to carry along for machines without one", schema: kinds.text },
};
const HELP = {
  about: "Makes one folder that measures a graphics card on a Linux machine without network or Node.",
  examples: ["npm run bench:portable -- --out bench/"],
};

const SOURCE = join(PROJECT_ROOT, "src");
const PORTABLE = join(SOURCE, "bench/portable");
/** What the parity section reads of the fixtures. */
const FIXTURES = ["nano", "forward", "lora"];

/** As shaders are declared; in backquotes it is a comment that tells how. */
const SHADER_URL = /(?<!`shaderFile\()new URL\("(\.[^"]+\.wgsl)\?no-inline", import\.meta\.url\)/g;
/** In node-gpu.ts: what is imported under a name that bundlers do not see. */
const DAWN_NAME = 'const name = "webgpu";';

/** Shaders keep their folders below `shaders/`, and Dawn lies beside the program rather than in node_modules. */
const filesBeside = (out: string): Plugin => {
  let dawn = false;
  return {
    name: "files-beside",
    enforce: "pre",
    async transform(code, id) {
      if (id.endsWith("/runtime/node-gpu.ts")) {
        if (!code.includes(DAWN_NAME)) throw new Error(`${id} no longer imports Dawn as this build expects`);
        dawn = true;
        return code.replace(DAWN_NAME, 'const name = "./webgpu/index.js";');
      }
      const shaders = [...code.matchAll(SHADER_URL)].map(([, path = ""]) => join(dirname(id), path));
      for (const path of shaders) {
        const to = join(out, "shaders", relative(SOURCE, path));
        await mkdir(dirname(to), { recursive: true });
        await copyFile(path, to);
      }
      return code.replace(SHADER_URL, (_, path: string) => {
        const below = relative(SOURCE, join(dirname(id), path));
        return `new URL("./shaders/${below}", import.meta.url)`;
      });
    },
    buildEnd(error) {
      if (error === undefined && !dawn) throw new Error("node-gpu.ts is not in the bundle");
    },
  };
};

const bundle = (out: string): Promise<unknown> =>
  build({
    root: PROJECT_ROOT,
    configFile: false,
    publicDir: false,
    logLevel: "warn",
    define: { __ENGINE_COMMIT__: JSON.stringify(commitOf(PROJECT_ROOT)) },
    plugins: [filesBeside(out)],
    ssr: { noExternal: true },
    build: {
      ssr: true,
      outDir: out,
      emptyOutDir: false,
      target: "node20",
      minify: true,
      rollupOptions: {
        input: { main: join(PORTABLE, "main.ts"), child: join(PORTABLE, "child.ts") },
        output: { entryFileNames: "[name].mjs", chunkFileNames: "[name].mjs" },
      },
    },
  });

/** The `webgpu` package as far as this platform needs it. */
const copyDawn = async (out: string): Promise<void> => {
  const from = dirname(createRequire(import.meta.url).resolve("webgpu"));
  const platform = `${process.platform}-${process.arch}`;
  await mkdir(join(out, "webgpu/dist"), { recursive: true });
  for (const file of ["index.js", "package.json", "LICENSE.md"])
    await copyFile(join(from, file), join(out, "webgpu", file));
  await cp(join(from, "dist", platform), join(out, "webgpu/dist", platform), { recursive: true });
};

const folderBytes = async (folder: string): Promise<number> => {
  const files = await readdir(folder, { recursive: true, withFileTypes: true });
  const sizes = files.filter((file) => file.isFile()).map((file) => stat(join(file.parentPath, file.name)));
  return (await Promise.all(sizes)).reduce((sum, { size }) => sum + size, 0);
};

const main = async (args: string[]): Promise<void> => {
  const flags = readFlags("bench:portable", FLAGS, args, HELP);
  if (!flags) return;
  if (process.platform !== "linux")
    throw new Error("The folder is for Linux, and carries this machine's own Node: build it on Linux.");
  const out = resolve(flags.out);
  await rm(out, { recursive: true, force: true });
  await mkdir(out, { recursive: true });
  await bundle(out);
  for (const fixture of FIXTURES)
    await cp(join(SOURCE, "testing/fixtures", fixture), join(out, fixture), { recursive: true });
  await copyDawn(out);
  await copyFile(process.execPath, join(out, "node"));
  try {
    execFileSync("strip", [join(out, "node")]); // a tenth less; not every machine has it
  } catch {
    console.error("There is no `strip` here: the folder is a little larger.");
  }
  await chmod(join(out, "node"), 0o755);
  for (const file of ["run.sh", "compare_torch.py"]) await copyFile(join(PORTABLE, file), join(out, file));
  await chmod(join(out, "run.sh"), 0o755);
  if (flags.loader !== undefined)
    await cp(resolve(flags.loader), join(out, "loader"), { recursive: true, dereference: true });
  const bytes = await folderBytes(out);
  console.log(
    `${out}: ${(bytes / 1e6).toFixed(0)} MB. Pack it with: tar -C ${dirname(out)} -cJf ${basename(out)}.tar.xz ${basename(out)}`,
  );
};

main(process.argv.slice(2)).catch((thrown: unknown) => process.exit(report(thrown)));
