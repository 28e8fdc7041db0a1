import { afterEach, describe, expect, it } from "vitest";
import { apiPaths } from "../../src/domain/api/index.ts";
import { sampleArtifact } from "../testing/artifact.ts";
import { serverPool } from "../testing/server.ts";
import { register } from "../testing/upload.ts";

const { serve, closeAll } = serverPool();
afterEach(closeAll);
const TOKEN = "a-token-of-24-characters";

describe("logs", () => {
  it("hold route, status and correlation id; no address, no text, no token", async () => {
    const { app, lines, log } = await serve({ STUDIO_TOKEN: TOKEN });
    const secret = "kumquat-secret";
    const trace = "0af7651916cd43dd8448eb211c80319c";
    await app.inject({
      url: `/nowhere/${secret}?q=${secret}`,
      headers: { traceparent: `00-${trace}-b7ad6b7169203331-01` },
    });
    await app.inject({
      method: "POST",
      url: apiPaths.uploads,
      payload: { by: secret, files: [{ path: `${secret}/../x`, bytes: 1 }] },
      headers: { authorization: `Bearer ${TOKEN}`, "x-correlation-id": "my-id.1" },
    });
    await app.inject({ url: apiPaths.versions, headers: { "x-correlation-id": `bad id ${secret}` } });
    log.error({ err: new Error(secret) }, "a defect");
    const text = JSON.stringify(lines);
    expect(text).not.toContain(secret);
    expect(text).not.toContain(TOKEN);
    const requests = lines.filter((line) => line.event === "request");
    expect(requests.map((line) => line.correlation_id)).toEqual([
      trace,
      "my-id.1",
      expect.stringMatching(/^[0-9a-f]{32}$/),
    ]);
    expect(requests[1]).toMatchObject({ method: "POST", route: apiPaths.uploads, status: 400, level: "info" });
  });

  it("carry one correlation id from request to model event", async () => {
    const server = await serve();
    const { version } = await register(server.app, await sampleArtifact());
    await server.app.inject({
      method: "POST",
      url: apiPaths.promote(version),
      payload: { reason: "test" },
      headers: { "x-correlation-id": "trace-me" },
    });
    expect(server.lines.find((line) => line.event === "model.promoted")).toMatchObject({
      correlation_id: "trace-me",
      version,
    });
    expect(server.registry.events().at(-1)?.correlationId).toBe("trace-me");
  });
});
