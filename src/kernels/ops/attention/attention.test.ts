import type { Tensor2D } from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import type { Dispatch, Gpu } from "../../runtime/gpu.ts";
import { everywhere } from "../../wgsl/context.ts";
import type { GpuBatch } from "../../wgsl/handles.ts";
import { attention } from "./attention.ts";

/** What attention by blocks asks a device for, of 100 tokens with four query heads and two key heads. */
const asked = (headDim: number): { files: string[]; workgroups: Dispatch["workgroups"] } => {
  const dispatches: Dispatch[] = [];
  const gpu = {
    tensor: (shape: number[]) => ({ shape }),
    run: (dispatch: Dispatch) => void dispatches.push(dispatch),
  } as unknown as Gpu;
  const variants = { linear: everywhere("tile"), attention: "blocks", reduce: "workgroup" } as const;
  const x = (heads: number) => ({ shape: [128, heads * headDim] }) as unknown as Tensor2D;
  attention({ gpu, variants }, x(4), x(2), x(2), headDim, { tokens: 100, capacity: 128 } as GpuBatch);
  const { shader, workgroups } = dispatches[0]!;
  return { files: shader.map(({ url }) => url.pathname.split("/").at(-1)!), workgroups };
};

it.each([32, 64, 96, 128])("takes heads of %i by blocks of 64 rows of a key head", (headDim) => {
  const { files, workgroups } = asked(headDim);
  expect(files).toContain("attention.blocks.wgsl");
  expect(workgroups).toEqual([8, 1]); // 200 rows of each key head
});

it.each([4, 48, 80])("takes heads of %i, which no block fits, by rows", (headDim) => {
  expect(asked(headDim).files).toContain("attention.rows.wgsl");
});

it("says which heads it cannot take", () => {
  for (const headDim of [30, 160])
    expect(() => asked(headDim)).toThrow(expect.objectContaining({ code: "model-unsupported" }));
});
