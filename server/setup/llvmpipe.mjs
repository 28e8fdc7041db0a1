// Mesa's software driver as a second adapter for the kernels' tests: it has f16 and subgroups of eight, SwiftShader neither.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { root } from "./dependencies.mjs";

const FOLDERS = ["/usr/share/vulkan/icd.d", "/usr/local/share/vulkan/icd.d", "/etc/vulkan/icd.d"];

/** The driver's description file: `STUDIO_SECOND_VULKAN`, or where packages install it. */
const driverFile = (folders) =>
  process.env.STUDIO_SECOND_VULKAN ??
  folders
    .filter(existsSync)
    .flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)))
    .find((path) => /lvp_icd\.[^/]*json$/.test(path));

/** Prints the features of the adapter that Dawn finds, or nothing. */
const PROBE = `
  const { create, globals } = await import("webgpu");
  Object.assign(globalThis, globals);
  const adapter = await create([]).requestAdapter();
  console.log(adapter === null ? "" : [adapter.info.device, ...adapter.features].join(" "));
  process.exit(0);
`;

/**
 * The environment in which Dawn in Node runs on llvmpipe, or why it cannot. Mesa's older than 23 lack what Dawn asks for.
 *
 * @returns {{ env: Record<string, string> } | { missing: string }}
 */
export const llvmpipe = (env, folders = FOLDERS) => {
  const file = driverFile(folders);
  if (!file) return { missing: "llvmpipe is not installed (Debian, Ubuntu: apt-get install mesa-vulkan-drivers)" };
  const own = { VK_ICD_FILENAMES: file };
  const probe = spawnSync(process.execPath, ["--input-type=module", "--eval", PROBE], {
    cwd: root,
    env: { ...env, ...own },
    encoding: "utf8",
    timeout: 60_000,
  });
  if (/shader-f16/.test(probe.stdout ?? "")) return { env: own };
  const [why = ""] = (probe.stderr ?? "").split("\n").filter((line) => /required|error|fail/i.test(line));
  return {
    missing: `Dawn takes no adapter with f16 from ${file}${why && ` (${why.trim()})`}; Mesa 25.0 works, 22.3 does not (on Debian 12 take it from bookworm-backports)`,
  };
};
