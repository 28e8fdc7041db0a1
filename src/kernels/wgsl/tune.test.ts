import { afterAll, beforeEach, expect, it, vi } from "vitest";
import type { DeviceReport } from "../../domain/training/types.ts";
import type { Gpu } from "../runtime/gpu.ts";
import type { Contest } from "./contest.ts";
import { chooseVariants } from "./variants.ts";

// What is tried, and what becomes of its outcome; trust.gpu.test.ts and contest.test.ts hold how.
vi.mock("./trust.ts", async (original) => ({
  ...(await original<typeof import("./trust.ts")>()),
  distrust: vi.fn(),
}));
vi.mock("./contest.ts", () => ({ fastest: vi.fn() }));
// Files share the modules of their worker: one that another file has loaded would not see these, and the next would be left with them.
vi.resetModules();
afterAll(() => vi.resetModules());
const [{ fastest }, { distrust }, { tune }] = [
  await import("./contest.ts"),
  await import("./trust.ts"),
  await import("./tune.ts"),
];

const contests: string[][] = [];
beforeEach(() => {
  contests.length = 0;
  vi.mocked(distrust).mockResolvedValue(null);
  vi.mocked(fastest).mockImplementation((_gpu, { forms }: Contest<string>) => {
    contests.push([...forms]);
    return Promise.resolve(forms.includes("blocks") ? "blocks" : forms[0]!);
  });
});

const info = {} as GPUAdapterInfo;
const device = { adapter: "", slow: false, features: { subgroups: false, shaderF16: false } } as DeviceReport;
/** Choices are remembered by adapter, so that each test has one of its own. */
const tuned = (name: string, { slow = false, ...options }: Parameters<typeof tune>[4] & { slow?: boolean } = {}) => {
  const report = { ...device, adapter: name, slow };
  return tune({} as Gpu, report, info, { ...chooseVariants(report, info), ...options.fixed }, options);
};

it("times the forms of attention on a card and keeps the fastest", async () => {
  const stored = new Map<string, string>();
  const cache = {
    read: (key: string) => Promise.resolve(stored.get(key) ?? null),
    write: (key: string, value: string) => Promise.resolve(void stored.set(key, value)),
  };
  const { variants } = await tuned("a card", { cache });
  expect(contests[0]).toEqual(["rows", "blocks", "row"]);
  expect(variants.attention).toBe("blocks");
  expect([...stored.values()].map((value) => JSON.parse(value) as unknown)).toEqual([{ variants, refused: [] }]);
});

it("times no form of attention that is not trusted", async () => {
  vi.mocked(distrust).mockImplementation((_gpu, { attention }) =>
    Promise.resolve(attention === "blocks" ? "it differs" : null),
  );
  const { variants, refused } = await tuned("a card on which blocks fail");
  expect(contests[0]).toEqual(["rows", "row"]);
  expect(variants.attention).toBe("rows");
  expect(refused).toEqual([{ form: "attention blocks", why: "it differs" }]);
});

it("leaves a form of attention that was asked for as it is, and that of a software adapter", async () => {
  expect((await tuned("a card", { fixed: { attention: "row" } })).variants.attention).toBe("row");
  expect((await tuned("software", { slow: true })).variants.attention).toBe("rows");
  expect(contests.flat()).not.toContain("blocks");
});

it("forgets a choice that it does not know", async () => {
  const old = {
    variants: { linear: { few: "tile", many: "tile" }, attention: "columns", reduce: "serial" },
    refused: [],
  };
  const cache = { read: () => Promise.resolve(JSON.stringify(old)), write: () => Promise.resolve() };
  expect((await tuned("another card", { cache })).variants.attention).toBe("blocks");
});
