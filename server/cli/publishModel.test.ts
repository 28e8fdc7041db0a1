import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { sha256Hex } from "../../src/domain/hashing.ts";
import { sampleArtifact } from "../testing/artifact.ts";
import { CommitHub } from "../testing/commitHub.ts";
import { runCommand } from "../testing/command.ts";
import { publishModel } from "./publishModel.ts";

const TOKEN = "hf_a-very-secret-token";
let folder: string;
let hub: CommitHub;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "studio-publish-"));
  for (const { path, bytes } of await sampleArtifact()) {
    mkdirSync(dirname(join(folder, "tuned", path)), { recursive: true });
    writeFileSync(join(folder, "tuned", path), bytes);
  }
  hub = await new CommitHub(TOKEN).open();
  vi.stubEnv("HF_ENDPOINT", hub.url);
  vi.stubEnv("HF_TOKEN", TOKEN);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await hub.close();
  rmSync(folder, { recursive: true });
});
const run = (artifact: string, ...more: string[]) =>
  runCommand(publishModel, "--artifact", join(folder, artifact), "--repo", "me/support", ...more);

describe("npm run publish", () => {
  test("uploads every file of an artifact with its card and manifest, and shows the token nowhere", async () => {
    const ended = await run("tuned", "--private", "--json");
    expect(ended, ended.stderr).toMatchObject({ code: 0 });
    expect(JSON.parse(ended.stdout)).toMatchObject({ url: `${hub.url}/me/support` });
    expect(ended.stdout + ended.stderr).not.toContain(TOKEN);
    const files = (await sampleArtifact()).map(({ path }) => path);
    expect([...(hub.repos.get("me/support")?.files.keys() ?? [])].sort()).toEqual(files.sort());
    expect(hub.repos.get("me/support")?.files.get("README.md")?.toString()).toContain(
      "library_name: sentence-transformers",
    );
  });

  test("refuses a changed folder, one that is none of ours, and to ask for a token where nobody is", async () => {
    mkdirSync(join(folder, "form"));
    writeFileSync(join(folder, "form/model.gguf"), "GGUF");
    expect(await run("form")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("neither manifest.json nor files.json"),
    });
    writeFileSync(
      join(folder, "form/files.json"),
      JSON.stringify([{ path: "model.gguf", bytes: 4, sha256: sha256Hex(new TextEncoder().encode("GGUF")) }]),
    );
    expect(await run("form")).toMatchObject({ code: 0 });
    appendFileSync(join(folder, "form/model.gguf"), "!");
    expect(await run("form")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("another model.gguf than was written"),
    });
    appendFileSync(join(folder, "tuned/README.md"), "!");
    expect(await run("tuned")).toMatchObject({ code: 2, stderr: expect.stringContaining("README.md has") });
    expect(await runCommand(publishModel, "--artifact", folder, "--repo", "support")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("owner/name"),
    });
    vi.stubEnv("HF_TOKEN", "");
    writeFileSync(join(folder, "form/model.gguf"), "GGUF");
    expect(await run("form")).toMatchObject({ code: 2, stderr: expect.stringContaining("HF_TOKEN is not set") });
  });
});
