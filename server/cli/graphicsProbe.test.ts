import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { PROJECT_ROOT } from "../lib/project.ts";
import { hasGraphicsAdapter } from "./graphicsProbe.ts";

test("an adapter is where the probe finds one, and a probe that crashes finds none", async () => {
  expect(await hasGraphicsAdapter("process.exit(0)")).toBe(true);
  expect(await hasGraphicsAdapter("process.exit(3)")).toBe(false);
  expect(await hasGraphicsAdapter("process.abort()")).toBe(false);
});

test("a computer without a graphics driver hears nothing of a library's sources", async () => {
  const device = join(PROJECT_ROOT, "server/cli/device.ts");
  const code = `const { openCliDevice } = await import(${JSON.stringify(device)}); const { device } = await openCliDevice("auto"); console.log(device.backend); process.exit(0);`;
  const loader = join(PROJECT_ROOT, "server/lib/typescript.mjs");
  const nowhere = {
    ...process.env,
    VK_ICD_FILENAMES: "/nowhere.json",
    VK_DRIVER_FILES: "/nowhere.json",
    LD_LIBRARY_PATH: "",
  };
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    ["--import", loader, "--input-type=module", "-e", code],
    { cwd: PROJECT_ROOT, env: nowhere },
  );
  expect(stdout.trim()).toBe("wasm");
  expect(stderr).toContain("Not used: No graphics adapter is available for WebGPU.");
  expect(stderr).not.toMatch(/Warning:|at operator|\/home\/runner|\.cpp/);
});
