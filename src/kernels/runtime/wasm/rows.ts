import type { GatherV2Attrs, KernelConfig, SliceAttrs, TensorInfo } from "@tensorflow/tfjs-core";
import { slice_util, util } from "@tensorflow/tfjs-core";
import { at } from "../../../domain/present.ts";
import type { WasmBackend } from "./backend.ts";

/**
 * tfjs' gather computes an index for every number, and its slice copies the whole tensor first. Where whole rows are taken, moving
 * rows is all there is to do; anything else stays theirs.
 */

/** `own` for a gather of rows: x [rows, …], indices [n] → [n, …]. */
export const gatherRows = (own: KernelConfig): KernelConfig => ({
  ...own,
  kernelFunc: (args) => {
    const { x, indices } = args.inputs as { x: TensorInfo; indices: TensorInfo };
    const { axis, batchDims } = args.attrs as unknown as GatherV2Attrs;
    if (axis !== 0 || batchDims !== 0 || x.dtype === "string" || x.shape.length < 2) return own.kernelFunc(args);
    const backend = args.backend as WasmBackend;
    const [rows, ...rest] = x.shape as [number, ...number[]];
    const width = util.sizeFromShape(rest);
    const out = backend.makeOutput([...indices.shape, ...rest], x.dtype);
    const [from, to, ids] = [x, out, indices].map((tensor) => backend.typedArrayFromHeap(tensor)) as [
      Float32Array,
      Float32Array,
      Int32Array,
    ];
    ids.forEach((id, i) => {
      util.assert(id >= 0 && id < rows, () => `Row ${id} of ${rows} is asked for.`);
      to.set(from.subarray(id * width, (id + 1) * width), i * width);
    });
    return out;
  },
});

/** `own` for a slice of a matrix or in one piece. */
export const sliceRows = (own: KernelConfig): KernelConfig => ({
  ...own,
  kernelFunc: (args) => {
    const { x } = args.inputs as { x: TensorInfo };
    const { begin, size } = args.attrs as unknown as SliceAttrs;
    const [from, extent] = slice_util.parseSliceParams(x as never, begin, size) as [number[], number[]];
    const whole = slice_util.isSliceContinous(x.shape, from, extent);
    if (x.dtype === "string" || !(whole || x.shape.length === 2)) return own.kernelFunc(args);
    const backend = args.backend as WasmBackend;
    const out = backend.makeOutput(extent, x.dtype);
    const [values, to] = [x, out].map((tensor) => backend.typedArrayFromHeap(tensor)) as [Float32Array, Float32Array];
    const start = slice_util.computeFlatOffset(from, util.computeStrides(x.shape));
    const numbers = util.sizeFromShape(extent);
    const [width, stride] = whole ? [numbers, numbers] : [at(extent, 1), at(x.shape, 1)];
    for (let done = 0, place = start; done < numbers; done += width, place += stride)
      to.set(values.subarray(place, place + width), done);
    return out;
  },
});
