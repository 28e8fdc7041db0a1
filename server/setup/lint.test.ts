import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "../..");
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "lint-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const write = (files: Record<string, string>) => {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
};
const run = (script: string, ...args: string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, "node_modules", script), ...args], {
    cwd: root,
    encoding: "utf8",
  });
  return { status, output: stdout + stderr };
};

describe("the check for circles", () => {
  const circles = () =>
    run("dependency-cruiser/bin/dependency-cruise.mjs", "--config", ".dependency-cruiser.mjs", folder);
  const a = `import type { B } from "./b.ts";\nexport interface A { b: B }\n`;

  it("refuses two files that import each other, if only types", () => {
    write({ "a.ts": a, "b.ts": `import type { A } from "./a.ts";\nexport interface B { a?: A }\n` });
    const { status, output } = circles();
    expect(status).toBeGreaterThan(0);
    expect(output).toMatch(/no-circle.*a\.ts/);
  });

  it("lets one direction pass", () => {
    write({ "a.ts": a, "b.ts": "export interface B { n: number }\n" });
    expect(circles().status).toBe(0);
  });
});

describe("the check for what is unused", () => {
  const product = {
    "package.json": `{ "name": "probe", "type": "module", "dependencies": { "vite": "8.3.8" } }`,
    "index.html": `<script type="module" src="/src/main.tsx"></script>`,
    "vite.config.ts": `import { defineConfig } from "vite";\nexport default defineConfig({});\n`,
    "src/main.tsx": `import { used } from "./part.ts";\nused();\n`,
    "src/part.ts": "export const used = () => 1;\n",
  };
  beforeEach(() => symlinkSync(join(root, "node_modules"), join(folder, "node_modules"), "junction"));
  const unused = () =>
    run("knip/bin/knip.js", "--no-progress", "--directory", folder, "--config", `${root}/knip.config.js`);

  it("refuses a file, an export and a package that nothing imports, and a package that package.json does not name", () => {
    write({
      ...product,
      "package.json": product["package.json"].replace("{ ", `{ "devDependencies": { "zod": "4.6.7" }, `),
      "src/orphan.ts": "export const a = 1;\n",
      "src/part.ts": `import "react";\n${product["src/part.ts"]}export const lonely = 2;\n`,
    });
    const { status, output } = unused();
    expect(output).toMatch(/Unused files \(1\)\nsrc\/orphan\.ts/);
    expect(output).toMatch(/Unused devDependencies \(1\)\nzod/);
    expect(output).toMatch(/Unlisted dependencies \(1\)\nreact/);
    expect(output).toMatch(/Unused exports \(1\)\nlonely/);
    expect(status).toBe(1);
  });

  it("lets a product without them pass", () => {
    write(product);
    expect(unused()).toMatchObject({ status: 0 });
  });
});
