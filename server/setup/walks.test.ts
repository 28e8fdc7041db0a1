import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, join, normalize } from "node:path";
import { describe, expect, it } from "vitest";
import { PROJECT_ROOT } from "../lib/project.ts";

/** One step of a walk in docs/architecture.md: a file, and those by way of which it is joined to a file before it. */
interface Step {
  file: string;
  via: string[];
}

const page = readFileSync(join(PROJECT_ROOT, "docs/architecture.md"), "utf8");
const named = (text: string): string[] => [...text.matchAll(/`([^`]+\.tsx?)`/g)].map(([, path]) => path as string);

/** The numbered list below a heading, and the count that the heading gives. */
const walk = (title: string): { stated: number; steps: Step[] } => {
  const [, count = "0", list = ""] =
    new RegExp(`\\*\\*${title}\\*\\* \\((\\d+) files\\)[^\\n]*\\n\\n((?:\\d+\\. .*\\n(?: +.*\\n)*)+)`).exec(page) ?? [];
  const steps = list
    .split(/^\d+\. /m)
    .slice(1)
    .map((item) => ({
      file: named(item)[0] ?? "",
      via: named(/\(by way of\s+([^)]*)\)/.exec(item)?.[1] ?? ""),
    }));
  return { stated: Number(count), steps };
};

const sourceOf = (file: string): string => readFileSync(join(PROJECT_ROOT, "src", file), "utf8");

/** The files that one imports or starts as a worker; of a folder's index, those that it hands on. */
const importsOf = (file: string): string[] => {
  const asked = [...sourceOf(file).matchAll(/(?:from |import\(|URL\()"(\.[^"]+\.tsx?)"/g)].map(([, path]) =>
    normalize(join(dirname(file), path as string)),
  );
  return asked.flatMap((path) => (basename(path) === "index.ts" ? [path, ...importsOf(path)] : [path]));
};

const joined = (a: string, b: string): boolean => importsOf(a).includes(b) || importsOf(b).includes(a);

describe.each([
  ["A pair, from the drop to the loss", 20],
  ["A training event, from the step to the chart", 8],
])("%s", (title, most) => {
  const { stated, steps } = walk(title);

  it(`passes at most ${most} files, as many as its heading says, none of them twice`, () => {
    expect(steps).toHaveLength(stated);
    expect(stated).toBeGreaterThan(1);
    expect(stated).toBeLessThanOrEqual(most);
    expect(new Set(steps.map(({ file }) => file)).size).toBe(stated);
  });

  it.each(steps)("reaches $file", ({ file, via }) => {
    const place = steps.findIndex((step) => step.file === file);
    for (const path of [file, ...via]) expect(existsSync(join(PROJECT_ROOT, "src", path)), path).toBe(true);
    if (place === 0) return;
    const before = steps.slice(0, place).map((step) => step.file);
    const chain = [...via, file];
    expect(before.some((earlier) => joined(earlier, chain[0] as string))).toBe(true);
    for (const [index, path] of via.entries()) expect(joined(path, chain[index + 1] as string), path).toBe(true);
  });
});
