import { expect, test } from "vitest";
import product from "../../package.json" with { type: "json" };
import { ENGINE_VERSION } from "./version.ts";

test("the engine states the product's version", () => {
  expect(ENGINE_VERSION).toBe(product.version);
});
