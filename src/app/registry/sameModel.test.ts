import { expect, test } from "vitest";
import type { ModelList } from "../../domain/api/index.ts";
import { runOf, versionOf } from "./sameModel.ts";

const list = {
  production: "v1-aa",
  versions: [
    { version: "v3-bb", fingerprint: "b", state: "damaged" },
    { version: "v2-cc", fingerprint: "c", state: "candidate" },
    { version: "v1-aa", fingerprint: "a", state: "production" },
  ],
} as unknown as ModelList;
const run = (fingerprint: string | null, registryVersion: string | null = null) => ({
  artifact: fingerprint === null ? null : { fingerprint, bytes: 1, files: 1 },
  registryVersion,
});

test("a model is known by its fingerprint, whoever registered it", () => {
  expect(versionOf(run("a"), list)).toBe("v1-aa");
  expect(versionOf(run("a", "v2-cc"), list)).toBe("v2-cc");
  expect(versionOf(run("a", "v9-gone"), list)).toBe("v1-aa");
  expect(versionOf(run("b"), list)).toBeNull();
  expect(versionOf(run(null), list)).toBeNull();
  expect(versionOf(run("a"), null)).toBeNull();
});

test("a version finds its run by name first, then by fingerprint", () => {
  const [other, named] = [run("a"), run("a", "v1-aa")];
  expect(runOf("v1-aa", [other, named], list)).toBe(named);
  expect(runOf("v1-aa", [run("c"), other], list)).toBe(other);
  expect(runOf("v1-aa", [run("c")], list)).toBeUndefined();
  expect(runOf(null, [other], list)).toBeUndefined();
});
