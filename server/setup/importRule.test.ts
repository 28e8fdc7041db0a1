import { ESLint } from "eslint";
import { describe, expect, it } from "vitest";

const lint = async (filePath: string, imported: string) => {
  const [result] = await new ESLint().lintText(`import * as other from "${imported}";\nexport default other;\n`, {
    filePath,
  });
  return result?.messages.map((message) => message.ruleId);
};

describe("the import rule", () => {
  it.each([
    ["src/domain/probe.ts", "../engine/index.ts"],
    ["src/kernels/probe.ts", "../engine/index.ts"],
    ["src/engine/probe.ts", "../worker/engine/protocol.ts"],
    ["src/app/runs/probe.ts", "../../engine/index.ts"],
    ["src/ui/screens/data/probe.ts", "../../../engine/index.ts"],
    ["src/ui/screens/data/probe.ts", "../../../platform/registryClient.ts"],
    ["server/routes/probe.ts", "../../src/engine/index.ts"],
    ["src/engine/probe.ts", "../testing/engine.ts"],
    ["src/domain/probe.ts", "../testing/modelFiles.ts"],
    ["src/app/runs/probe.ts", "../../testing/tracer.ts"],
    ["src/main.tsx", "./bench/timing.ts"],
    ["src/engine/probe.ts", "../bench/timing.ts"],
    ["server/routes/probe.ts", "../../src/testing/hub.ts"],
    ["server/routes/probe.ts", "../testing/server.ts"],
    ["server/routes/probe.ts", "../studio.ts"],
    ["server/serving/probe.ts", "../routes/container.ts"],
    ["server/vectors/probe.ts", "../registry/registry.ts"],
    ["server/retrieval/probe.ts", "../ingest/runner.ts"],
    ["server/lib/probe.ts", "../config/config.ts"],
  ])("refuses %s → %s", async (file, imported) => {
    expect(await lint(file, imported)).toContain("boundaries/dependencies");
  });

  it.each([
    ["src/engine/probe.ts", "../kernels/types.ts"],
    ["src/app/runs/probe.ts", "../../worker/engine/protocol.ts"],
    ["src/ui/screens/data/probe.ts", "../../../domain/errors.ts"],
    ["server/routes/probe.ts", "../../src/domain/errors.ts"],
    ["src/engine/probe.test.ts", "../testing/engine.ts"],
    ["server/routes/probe.test.ts", "../../src/testing/hub.ts"],
    ["server/routes/probe.ts", "../ingest/runner.ts"],
    ["server/ingest/probe.ts", "../retrieval/search.ts"],
    ["server/app.ts", "./routes/container.ts"],
    ["server/registry/probe.test.ts", "../testing/server.ts"],
  ])("lets %s → %s pass", async (file, imported) => {
    expect(await lint(file, imported)).not.toContain("boundaries/dependencies");
  });
});
