import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, expect, test, vi } from "vitest";
import { llvmpipe } from "./llvmpipe.mjs";

const folder = mkdtempSync(join(tmpdir(), "studio-icd-"));
afterEach(() => vi.unstubAllEnvs());
afterAll(() => rmSync(folder, { recursive: true }));

test("says that there is no second adapter, and how to have one", () => {
  vi.stubEnv("STUDIO_SECOND_VULKAN", undefined);
  expect(llvmpipe({}, [join(folder, "none"), folder])).toEqual({
    missing: expect.stringContaining("apt-get install mesa-vulkan-drivers") as string,
  });
});

test("names a driver that Dawn takes no adapter from", () => {
  vi.stubEnv("STUDIO_SECOND_VULKAN", undefined);
  const file = join(folder, "lvp_icd.x86_64.json");
  const driver = { file_format_version: "1.0.0", ICD: { library_path: join(folder, "none.so"), api_version: "1.3.0" } };
  writeFileSync(file, JSON.stringify(driver));
  expect(llvmpipe(process.env, [folder])).toEqual({ missing: expect.stringContaining(file) as string });
});
