import { beforeEach, expect, it, vi } from "vitest";
import type { DeviceReport } from "../../domain/training/types.ts";
import type { Gpu } from "../runtime/gpu.ts";
import { everywhere, HALF_FORMS, isHalf, type LinearForm } from "./context.ts";
import { mixedForms, offeredMixed, type Trial } from "./mixed.ts";
import { PLAIN } from "./trust.ts";
import type { TuningCache } from "./tune.ts";

const half = HALF_FORMS[0]!;
/** The form that wins wherever it takes part. */
let winner: LinearForm;
const distrust = vi.fn<Trial["distrust"]>();
const linearOf = vi.fn<Trial["linearOf"]>();
beforeEach(() => {
  winner = half;
  distrust.mockReset().mockResolvedValue(null);
  linearOf.mockReset().mockImplementation(async (_gpu, _report, { few, some, many }) => {
    const best = (forms: readonly LinearForm[]) => (forms.includes(winner) ? winner : forms[0]!);
    return { few: best(few), some: best(some), many: best(many) };
  });
});

const variants = { ...PLAIN, linear: { few: "register16", some: "tile", many: "tile128" } } as const;
/** Choices are remembered by adapter, so that each test has one of its own. */
const where = (adapter: string, { slow = false, shaderF16 = true, cache }: Where = {}) =>
  [
    {} as Gpu,
    { adapter, slow, features: { shaderF16 } } as DeviceReport,
    variants,
    cache,
    { distrust, linearOf },
  ] as const;
interface Where {
  slow?: boolean;
  shaderF16?: boolean;
  cache?: TuningCache;
}

it("times the f16 forms against those that run on a card, and keeps the outcome", async () => {
  const stored = new Map<string, string>();
  const cache = {
    read: (key: string) => Promise.resolve(stored.get(key) ?? null),
    write: (key: string, value: string) => Promise.resolve(void stored.set(key, value)),
  };
  expect(await mixedForms(...where("a card", { cache }))).toEqual(everywhere(half));
  expect(linearOf.mock.calls[0]![2]).toEqual({
    few: ["register16", ...HALF_FORMS],
    some: ["tile", ...HALF_FORMS],
    many: ["tile128", ...HALF_FORMS],
  });
  expect(linearOf.mock.calls[0]![3]("tile")).toEqual({ ...variants, forward: everywhere("tile") });
  expect([...stored.values()]).toEqual([JSON.stringify({ forms: everywhere(half), refused: [] })]);
  // Trusted with f16 factors in the forward products alone.
  expect(distrust.mock.calls[0]).toEqual([{}, { ...PLAIN, forward: everywhere(half) }, "linear"]);
  await mixedForms(...where("a card", { cache }));
  expect(linearOf).toHaveBeenCalledTimes(1);
});

it("is off where float32 is as fast, and offers nothing then", async () => {
  winner = "quad16";
  const slower = where("a card without fast f16");
  await expect(mixedForms(...slower)).rejects.toMatchObject({
    code: "mixed-precision-off",
    message: expect.stringContaining("no faster") as string,
  });
  expect(await offeredMixed(...slower)).toBeNull();
});

it("is off, by the name of the form, where none is trusted, and where there is no f16", async () => {
  distrust.mockResolvedValue("it differs from the plain form by 2.0e-1");
  await expect(mixedForms(...where("a wrong card"))).rejects.toMatchObject({
    code: "mixed-precision-off",
    message: expect.stringContaining(`"linear ${half}" is left out on this adapter: it differs`) as string,
  });
  await expect(mixedForms(...where("an old card", { shaderF16: false }))).rejects.toMatchObject({
    code: "mixed-precision-off",
    message: expect.stringContaining("shader-f16") as string,
  });
  expect(linearOf).not.toHaveBeenCalled();
});

it("times nothing on a software adapter, and forgets a kept choice that it does not know", async () => {
  const old = JSON.stringify({ forms: { few: "tile4", some: half, many: half }, refused: [] });
  const cache = { read: () => Promise.resolve(old), write: () => Promise.resolve() };
  const forms = await mixedForms(...where("software", { slow: true, cache }));
  expect(Object.values(forms).every(isHalf)).toBe(true);
  expect(linearOf).not.toHaveBeenCalled();
});
