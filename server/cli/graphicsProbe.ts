import { execFile } from "node:child_process";
import { PROJECT_ROOT } from "../lib/project.ts";

/** What a process of its own does: exit 0 where an adapter is found. Its ids are those of `nodeGpu`. */
const PROBE = `import("webgpu")
  .then(({ create }) => create(["enable-dawn-features=allow_unsafe_apis"]).requestAdapter())
  .then((adapter) => process.exit(adapter ? 0 : 3), () => process.exit(4));`;

/**
 * Whether WebGPU finds an adapter here. Where it does not, Dawn writes warnings with paths of its own sources to stderr, which no option of
 * it turns off: they stay in a process of their own.
 */
export const hasGraphicsAdapter = (probe = PROBE): Promise<boolean> =>
  new Promise((done) => {
    execFile(process.execPath, ["--input-type=module", "-e", probe], { cwd: PROJECT_ROOT, timeout: 20_000 }, (error) =>
      done(error === null),
    );
  });
