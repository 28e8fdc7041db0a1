import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { PROJECT_ROOT } from "./project.ts";

const folder = mkdtempSync(join(tmpdir(), "typescript-"));
afterAll(() => rmSync(folder, { recursive: true }));

const run = (source: string) => {
  const file = join(folder, "program.ts");
  writeFileSync(file, source);
  const loader = join(PROJECT_ROOT, "server/lib/typescript.mjs");
  return spawnSync(process.execPath, ["--import", loader, file], { encoding: "utf8" });
};

it("runs TypeScript, and names its lines where it fails", () => {
  const source = `
    import type { Nothing } from "./nowhere.ts";
    interface Shape { sides: number; name?: Nothing }
    class Square { constructor(readonly shape: Shape = { sides: 4 }) {} }
    const { shape }: Square = new Square();
    console.log(shape.sides);
    throw new Error("of line 7");
  `;
  const { stdout, stderr } = run(source);
  expect(stdout).toBe("4\n");
  expect(stderr).toMatch(/program\.ts:7:/);
});

it("says which file does not parse", () => {
  const { status, stderr } = run("const = 1;");
  expect(status).toBe(1);
  expect(stderr).toMatch(/SyntaxError.*program\.ts: /);
});
