import { afterEach, expect, it } from "vitest";
import { serverPool } from "./testing/server.ts";

const { serve, closeAll } = serverPool();
afterEach(closeAll);

interface Operation {
  summary?: string;
  tags?: string[];
  responses?: Record<string, unknown>;
}

it("describes every route, with references that lead somewhere", async () => {
  const { app } = await serve();
  const document = (await app.inject({ url: "/docs/json" })).json<{
    openapi: string;
    paths: Record<string, Record<string, Operation>>;
    components: { schemas: Record<string, unknown> };
  }>();
  expect(document.openapi).toBe("3.1.0");
  for (const [path, operations] of Object.entries(document.paths))
    for (const [method, operation] of Object.entries(operations)) {
      expect([path, method, operation.summary]).toEqual([path, method, expect.any(String)]);
      expect(operation.tags?.length).toBe(1);
      expect(Object.keys(operation.responses ?? {}).length).toBeGreaterThan(0);
    }
  const references = [...JSON.stringify(document).matchAll(/"#\/components\/schemas\/([^"]+)"/g)].map(
    ([, name = ""]) => name,
  );
  expect(references.length).toBeGreaterThan(5);
  for (const name of references) expect(document.components.schemas).toHaveProperty(name);
});

it("shows the documentation page", async () => {
  const { app } = await serve();
  const page = await app.inject({ url: "/docs/" });
  expect(page.statusCode).toBe(200);
  expect(page.body).toContain("swagger");
});
