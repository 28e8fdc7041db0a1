import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import {
  apiPaths,
  type ChangeResponse,
  type GateReport,
  type ModelList,
  type ProblemDetails,
  type Production,
} from "../../src/domain/api/index.ts";
import { withRetention } from "../../src/domain/artifact/index.ts";
import { GENERAL_SET } from "../../src/domain/retention/index.ts";
import { sampleArtifact } from "../testing/artifact.ts";
import { getJson, post, serverPool } from "../testing/server.ts";
import { promote, register } from "../testing/upload.ts";

const { serve, closeAll } = serverPool();
afterEach(closeAll);

describe("promotion", () => {
  it("follows promote, promote, roll back twice, and answers what served when", async () => {
    const server = await serve();
    const better = Array.from({ length: 60 }, (_, index) => (index % 3 === 2 ? 0 : 1));
    const a = await register(server.app, await sampleArtifact({ seed: 1 }));
    const b = await register(server.app, await sampleArtifact({ seed: 2, tuned: better }));
    expect((await promote(server.app, a.version)).statusCode).toBe(200);
    const betweenAt = new Date(Date.now() + 1).toISOString();
    await new Promise((resolve) => setTimeout(resolve, 5));
    const second = await promote(server.app, b.version);
    expect(second.json<ChangeResponse>()).toMatchObject({
      production: b.version,
      previous: a.version,
      event: { from: a.version, to: b.version },
    });
    expect(server.serving.current().tuned?.version).toBe(b.version);

    const then = await getJson<Production>(server, `${apiPaths.production}?at=${betweenAt}`);
    expect(then).toMatchObject({ version: a.version, fingerprint: a.fingerprint });
    expect((await getJson<Production>(server, `${apiPaths.production}?at=2020-01-01T00:00:00Z`)).version).toBeNull();

    expect((await post(server, apiPaths.rollback)).json<ChangeResponse>()).toMatchObject({
      production: a.version,
      previous: null,
    });
    expect((await post(server, apiPaths.rollback)).json<ChangeResponse>()).toMatchObject({
      production: null,
      event: { to: null },
    });
    const third = await post(server, apiPaths.rollback);
    expect(third.statusCode).toBe(409);
    expect(server.serving.current().tuned).toBeNull();
    const { events } = await getJson<{ events: { type: string }[] }>(server, apiPaths.events);
    expect(events.map((event) => event.type)).toEqual([
      "rolled-back",
      "rolled-back",
      "promoted",
      "promoted",
      "registered",
      "registered",
    ]);
  });

  it("holds up a version that forgot what its base knew, until a reason overrules it", async () => {
    const server = await serve();
    const found = Array.from({ length: 60 }, (_, index) => (index < 40 ? 1 : 0));
    const scores = {
      set: GENERAL_SET.sha256,
      baseline: found,
      tuned: found.map((score, index) => (index < 20 ? 0 : score)),
    };
    const forgot = await register(server.app, withRetention(await sampleArtifact(), scores));
    const refused = await promote(server.app, forgot.version);
    expect(refused.statusCode).toBe(409);
    expect(refused.json<{ gate: GateReport }>().gate.checks.filter(({ outcome }) => outcome === "failed")).toEqual([
      expect.objectContaining({ code: "keeps-what-it-knew", overridable: true }),
    ]);
    const forced = await promote(server.app, forgot.version, { override: true, reason: "It answers one field alone" });
    expect(forced.json<ChangeResponse>().event.overridden).toEqual(["keeps-what-it-knew"]);
  });

  it("refuses a regression, and records an override with its reason", async () => {
    const server = await serve();
    const worse = await register(
      server.app,
      await sampleArtifact({
        baseline: Array(60).fill(1),
        tuned: Array.from({ length: 60 }, (_, i) => (i < 20 ? 0 : 1)),
      }),
    );
    const refused = await promote(server.app, worse.version);
    expect(refused.statusCode).toBe(409);
    expect(refused.json()).toMatchObject({ code: "gate-refused", gate: { passed: false, overridable: true } });
    expect((await promote(server.app, worse.version, { override: true, reason: " " })).statusCode).toBe(400);
    const forced = await promote(server.app, worse.version, { override: true, reason: "Needed for the demo" });
    expect(forced.json<ChangeResponse>().event).toMatchObject({
      overridden: ["no-regression-baseline"],
      reason: "Needed for the demo",
      by: "tester",
    });
  });

  it("lets nothing that was measured on other queries replace production unseen", async () => {
    const server = await serve();
    const known = await register(server.app, await sampleArtifact({ seed: 1 }));
    const stranger = await register(server.app, await sampleArtifact({ seed: 2, split: "another" }));
    expect((await promote(server.app, known.version)).statusCode).toBe(200);
    const refused = await promote(server.app, stranger.version);
    expect(refused.statusCode).toBe(409);
    expect(refused.json<{ message: string }>().message).toContain("Not comparable");
    const forced = await promote(server.app, stranger.version, { override: true, reason: "Another domain by intent" });
    expect(forced.json<ChangeResponse>().event).toMatchObject({ overridden: ["no-regression-production"] });
  });

  it("never promotes or rolls back to damaged files, whatever the reason", async () => {
    const server = await serve();
    const a = await register(server.app, await sampleArtifact({ seed: 1 }));
    const b = await register(server.app, await sampleArtifact({ seed: 2 }));
    const file = join(server.root, "models/fine_tuned", a.version, "adapter_model.safetensors");
    const bytes = await readFile(file);
    await promote(server.app, a.version);
    expect((await promote(server.app, b.version)).statusCode).toBe(200);
    await writeFile(file, Buffer.from(bytes).fill(1, bytes.length - 1));
    expect((await post(server, apiPaths.rollback)).json<ProblemDetails>()).toMatchObject({
      code: "rollback-target-damaged",
      message: expect.stringContaining("adapter_model.safetensors"),
    });
    const refused = await promote(server.app, a.version, { override: true, reason: "I insist" });
    expect(refused.json()).toMatchObject({ code: "gate-refused", gate: { overridable: false } });
    expect(
      (await getJson<ModelList>(server, apiPaths.versions)).versions.find(({ version }) => version === a.version)
        ?.state,
    ).toBe("damaged");
    // The same model sent again is a new version, since the old one cannot be trusted.
    expect((await register(server.app, await sampleArtifact({ seed: 1 }))).version).toMatch(/^v3-/);
  });

  it("refuses when the evidence is not what the person saw", async () => {
    const server = await serve();
    const a = await register(server.app, await sampleArtifact({ seed: 1 }));
    const b = await register(server.app, await sampleArtifact({ seed: 2 }));
    const gate = await getJson<{ evidenceHash: string }>(server, apiPaths.gate(b.version));
    await promote(server.app, a.version);
    const late = await promote(server.app, b.version, { evidenceHash: gate.evidenceHash });
    expect(late.json<ProblemDetails>().code).toBe("gate-changed");
    const fresh = await getJson<{ evidenceHash: string }>(server, apiPaths.gate(b.version));
    expect((await promote(server.app, b.version, fresh)).statusCode).toBe(200);
  });

  it("archives, restores, deletes; keeps what serves or may serve again", async () => {
    const server = await serve({ REGISTRY_KEEP: "2" });
    const add = async (seed: number) => (await register(server.app, await sampleArtifact({ seed }))).version;
    const a = await add(1);
    await promote(server.app, a);
    const b = await add(2);
    await promote(server.app, b);
    const c = await add(3);
    expect((await post(server, apiPaths.archive(b))).json<ProblemDetails>().code).toBe("version-in-use");
    const remove = (version: string) =>
      server.app.inject({ method: "DELETE", url: apiPaths.version(version), payload: { reason: "test" } });
    expect((await remove(a)).json<ProblemDetails>().code).toBe("version-in-use");
    expect((await remove(b)).json<ProblemDetails>().code).toBe("version-in-use");
    await post(server, apiPaths.archive(c));
    expect((await promote(server.app, c)).json<ProblemDetails>().code).toBe("version-archived");
    // Past the limit: the oldest that is neither production nor its predecessor goes.
    const d = await add(4);
    const e = await add(5);
    const left = (await getJson<ModelList>(server, apiPaths.versions)).versions.map(({ version }) => version);
    expect(left).toEqual([e, d, b, a]);
    await server.app.close();
    const deleted = server.registry.events().at(-1);
    expect(deleted).toMatchObject({ type: "deleted", version: c, by: "retention" });
  });
});
