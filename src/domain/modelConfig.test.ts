import { expect, test } from "vitest";
import { fixtureJson } from "../testing/modelFiles.ts";
import { parseModelConfig } from "./modelConfig.ts";
import { at } from "./present.ts";

test("both spellings of config.json say the same; scaled tables and other architectures are refused", async () => {
  const config = await fixtureJson<Record<string, unknown>>("nano/config.json");
  expect(parseModelConfig(await fixtureJson("nano/config.transformers4.json"))).toEqual(parseModelConfig(config));
  for (const bad of [
    { model_type: "bert" },
    { use_sliding_window: true },
    { hidden_act: "gelu" },
    { rope_parameters: { rope_theta: 1e6, rope_type: "yarn" } },
    { rope_scaling: { factor: 4 } },
  ])
    expect(() => parseModelConfig({ ...config, ...bad }), JSON.stringify(bad)).toThrow(
      expect.objectContaining({
        code: "config-unsupported",
        message: expect.stringContaining(at(Object.keys(bad), 0)),
      }),
    );
});
