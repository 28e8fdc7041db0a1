import { expect, test } from "vitest";
import { createKernels } from "../../kernels/index.ts";
import { diskModel, tinyBase } from "../../testing/modelFiles.ts";
import { loadBase } from "../model/base.ts";
import { cardCheck, cardCosines, compareWithCard } from "./modelCard.ts";
import { assertSelfTest, selfTest } from "./selfTest.ts";

test("the card's texts give four cosines on any base, and are held against the card for its own weights alone", async () => {
  const base = await loadBase(await createKernels({ backends: ["wasm"] }), diskModel(tinyBase));
  const cosines = await cardCosines(base);
  expect(cosines).toHaveLength(4);
  expect(cosines.every((cosine) => Math.abs(cosine) <= 1 + 1e-6)).toBe(true);
  expect(new Set(cosines).size).toBe(4);
  expect(compareWithCard(cosines).passed).toBe(false);
  expect(await cardCheck(base)).toBeNull();
  const sha256 = "0437e45c94563b09e13cb7a64478fc406947a93cb34a7e05870fc8dcd48e23fd";
  Object.assign(base.model.weights, { sha256 });
  expect(await cardCheck(base)).toMatchObject({ name: "model card cosines", passed: false });
  const report = await selfTest(base.session, base);
  expect(report.checks.map(({ passed }) => passed)).toEqual([true, true, true, false]);
  expect(() => assertSelfTest(report)).toThrow(
    expect.objectContaining({
      code: "self-test-failed",
      message: expect.stringContaining("wrong numbers") as string,
      hint: expect.stringContaining("driver") as string,
    }),
  );
  base.dispose();
});

test("the card's cosines pass within the tolerance, others and missing ones do not", () => {
  expect(compareWithCard([0.7646, 0.1414, 0.1355, 0.6])).toMatchObject({ passed: true, error: 0 });
  expect(compareWithCard([0.7646 + 2.9e-3, 0.1414, 0.1355, 0.6]).passed).toBe(true);
  expect(compareWithCard([0.7646, 0.1414, 0.1355, 0.6 - 3.1e-3]).passed).toBe(false);
  expect(compareWithCard([0.7646, 0.1414, NaN, 0.6]).passed).toBe(false);
  expect(compareWithCard([0.7646, 0.1414, 0.1355]).passed).toBe(false);
});
