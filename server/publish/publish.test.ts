import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Secret } from "../lib/secret.ts";
import { CommitHub } from "../testing/commitHub.ts";
import { publish, type PublishRequest } from "./publish.ts";

const TOKEN = "hf_a-very-secret-token";
let folder: string;
let hub: CommitHub;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "studio-publish-"));
  for (const [path, content] of [
    ["README.md", "# Card"],
    ["a.safetensors", "aaaa"],
    ["b.safetensors", "bbbb"],
  ] as const)
    writeFileSync(join(folder, path), content);
});
afterAll(() => rmSync(folder, { recursive: true }));
beforeEach(async () => void (hub = await new CommitHub(TOKEN).open()));
afterEach(() => hub.close());

const send = (change: Partial<PublishRequest> = {}) =>
  publish({
    repo: "me/support",
    isPrivate: true,
    files: ["README.md", "a.safetensors", "b.safetensors"].map((path) => ({ path, absolute: join(folder, path) })),
    title: "Upload",
    token: new Secret(TOKEN),
    hubUrl: hub.url,
    wait: async () => undefined,
    ...change,
  });
const contents = (): Record<string, string> =>
  Object.fromEntries([...(hub.repos.get("me/support")?.files ?? [])].map(([path, bytes]) => [path, bytes.toString()]));
const WHOLE = { "README.md": "# Card", "a.safetensors": "aaaa", "b.safetensors": "bbbb" };
const uploads = () => hub.calls.filter(({ path }) => path.startsWith("/storage/")).length;

describe("publish", () => {
  it("makes the repository, sends large files once and commits all of it", async () => {
    const seen = new Set<string>();
    const published = await publish(
      {
        repo: "me/support",
        isPrivate: true,
        files: [{ path: "a.safetensors", absolute: join(folder, "a.safetensors") }],
        title: "T",
        token: new Secret(TOKEN),
        hubUrl: hub.url,
      },
      (path, share) => share === 1 && seen.add(path),
    );
    expect(published).toEqual({ url: `${hub.url}/me/support`, commit: hub.repos.get("me/support")?.sha });
    expect([...seen]).toEqual(["a.safetensors"]);
    expect(hub.repos.get("me/support")?.private).toBe(true);
    await send();
    expect(contents()).toEqual(WHOLE);
    expect(uploads()).toBe(2); // a.safetensors was there
    expect(hub.calls.filter(({ path }) => path === "/api/repos/create")).toHaveLength(1);
    // Signed addresses of storage are no place for the token.
    expect(hub.calls.filter(({ path, token }) => path.startsWith("/storage/") && token !== null)).toEqual([]);
  });

  it("goes on after a lost connection and a busy hub, without sending again what arrived", async () => {
    hub.faults.push(
      { path: "/api/models/me/support/commit", status: "cut", times: 1 },
      { path: "/api/models/me/support/preupload", status: 503, times: 1 },
    );
    await send();
    expect(contents()).toEqual(WHOLE);
    expect(uploads()).toBe(2);
  });

  it("names a connection that stays lost, leaves nothing half published, and goes on when asked again", async () => {
    hub.faults.push({ path: "/storage/", status: "cut", times: 100 });
    await expect(send()).rejects.toMatchObject({
      code: "hub-unreachable",
      message: expect.stringContaining(new URL(hub.url).host),
      hint: expect.stringContaining("nobody sees anything"),
    });
    expect(contents()).toEqual({});
    hub.faults.length = 0;
    await send();
    expect(contents()).toEqual(WHOLE);
  });

  it.each([
    [401, "/api/models/", "hub-unauthorized", /write access/],
    [403, "/api/models/me/support/preupload", "hub-forbidden", /own name/],
    [409, "/api/models/me/support/commit", "hub-conflict", /publish again/],
    [412, "/api/models/me/support/commit", "hub-conflict", /publish again/],
    [400, "/api/models/me/support/commit", "hub-refused", /card/],
  ] as const)("names status %i at %s as %s, and tries it no second time", async (status, path, code, hint) => {
    hub.faults.push({ path, status, times: 1 });
    const failure = await send().catch((thrown: unknown) => thrown);
    expect(failure).toMatchObject({ code, hint: expect.stringMatching(hint) });
    expect(JSON.stringify(failure) + String((failure as Error).stack)).not.toMatch(/hf_a-very|signature/);
    expect(hub.faults[0]?.times).toBe(0);
    expect(contents()).toEqual({});
  });

  it("takes no other token", async () => {
    await expect(send({ token: new Secret("hf_other") })).rejects.toMatchObject({ code: "hub-unauthorized" });
  });
});
