import { afterEach, describe, expect, it } from "vitest";
import { apiPaths, type ProblemDetails } from "../../src/domain/api/index.ts";
import { sampleArtifact } from "../testing/artifact.ts";
import { CommitHub } from "../testing/commitHub.ts";
import { serverPool } from "../testing/server.ts";
import { register } from "../testing/upload.ts";

const TOKEN = "hf_a-very-secret-token";
const { serve, closeAll } = serverPool();
let hub: CommitHub | null = null;
afterEach(async () => {
  await closeAll();
  await hub?.close();
});

describe("POST /api/registry/versions/{version}/publish", () => {
  it("publishes what was uploaded, with the token given or the server's, and keeps neither", async () => {
    hub = await new CommitHub(TOKEN).open();
    const server = await serve({ HF_ENDPOINT: hub.url });
    const files = await sampleArtifact();
    const { version } = await register(server.app, files);
    const ask = (payload: Record<string, unknown>) =>
      server.app.inject({ method: "POST", url: apiPaths.publish(version), payload });
    expect((await ask({ repo: "me/support" })).json<ProblemDetails>()).toMatchObject({
      status: 409,
      code: "hub-token-missing",
    });
    const published = await ask({ repo: "me/support", token: TOKEN });
    expect(published.statusCode).toBe(200);
    expect(published.json()).toEqual({
      url: `${hub.url}/me/support`,
      commit: hub.repos.get("me/support")?.sha,
      files: files.length,
    });
    expect([...(hub.repos.get("me/support")?.files.keys() ?? [])].sort()).toEqual(files.map(({ path }) => path).sort());
    expect(hub.repos.get("me/support")?.private).toBe(true);

    const refused = await ask({ repo: "me/support", token: "hf_another-secret" });
    expect(refused.json<ProblemDetails>()).toMatchObject({ status: 502, code: "hub-unauthorized" });
    expect((await ask({ repo: "../etc", token: TOKEN })).statusCode).toBe(400);
    const logged = JSON.stringify(server.lines) + refused.body;
    expect(logged).toContain("model.published");
    expect(logged).not.toMatch(/hf_a-very|hf_another/);

    await server.close();
    const own = await serve({ HF_ENDPOINT: hub.url, HF_TOKEN: TOKEN });
    const again = await register(own.app, files);
    const response = await own.app.inject({
      method: "POST",
      url: apiPaths.publish(again.version),
      payload: { repo: "me/support" },
    });
    expect(response.statusCode).toBe(200);
  });
});
