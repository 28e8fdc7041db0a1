import { afterEach, expect, it } from "vitest";
import { apiPaths } from "../../src/domain/api/index.ts";
import { serverPool } from "../testing/server.ts";

const { serve, closeAll } = serverPool();
afterEach(closeAll);

it("answers 503 to /ready with what it waits for, and 200 once that is there", async () => {
  const { app, health } = await serve();
  let loaded = false;
  health.awaitReady("embedder", () => loaded);
  const ask = async () => {
    const response = await app.inject({ url: apiPaths.ready });
    return [response.statusCode, response.json<unknown>()];
  };
  expect(await ask()).toEqual([503, { ready: false, waitingFor: ["embedder"] }]);
  loaded = true;
  expect(await ask()).toEqual([200, { ready: true, waitingFor: [] }]);
});
