import type { BatchMatMulAttrs, KernelConfig, TensorInfo } from "@tensorflow/tfjs-core";
import { getKernel, util } from "@tensorflow/tfjs-core";
import { at } from "../../../domain/present.ts";
import { memoryOf, type WasmBackend } from "./backend.ts";
import { ON_MEMORY, ON_SHARED_MEMORY } from "./batch-matmul.bytes.ts";

type Multiply = (a: number, b: number, c: number, batches: number, m: number, k: number, n: number) => void;

const decoded = (base64: string) => Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));

/** The smallest rows and columns of the product that the kernel computes. */
const [ROWS, COLUMNS] = [4, 8];

/**
 * `own` for float32 products. tfjs takes XNNPACK for one product without transposes, and a scalar loop for all others: here a
 * transpose is written out, and several products go through batch-matmul.wat. Null where there is no SIMD.
 */
export const batchMatmul = (own: KernelConfig): KernelConfig | null => {
  if (!WebAssembly.validate(decoded(ON_MEMORY))) return null;
  const bound = new WeakMap<WebAssembly.Memory, Multiply>();
  const multiplyIn = (memory: WebAssembly.Memory): Multiply => {
    const known = bound.get(memory);
    if (known) return known;
    // tfjs' threads, where a page may have some, share its memory; a program says which kind it is for.
    const shared = typeof SharedArrayBuffer !== "undefined" && memory.buffer instanceof SharedArrayBuffer;
    const program = new WebAssembly.Module(decoded(shared ? ON_SHARED_MEMORY : ON_MEMORY));
    const multiply = new WebAssembly.Instance(program, { host: { memory } }).exports.batchMatmul as unknown as Multiply;
    bound.set(memory, multiply);
    return multiply;
  };
  return {
    ...own,
    kernelFunc: (args) => {
      const { transposeA, transposeB } = args.attrs as unknown as BatchMatMulAttrs;
      const backend = args.backend as WasmBackend;
      const made: TensorInfo[] = [];
      const plain = (x: TensorInfo, transposed: boolean): TensorInfo => {
        if (!transposed) return x;
        made.push(transposedOf(x, backend));
        return at(made, -1);
      };
      const a = plain((args.inputs as { a: TensorInfo }).a, transposeA);
      const b = plain((args.inputs as { b: TensorInfo }).b, transposeB);
      const out = productOf(a, b);
      for (const tensor of made) backend.disposeData(tensor.dataId);
      return out;

      function productOf(a: TensorInfo, b: TensorInfo): TensorInfo {
        const [batch, other] = [a.shape.slice(0, -2), b.shape.slice(0, -2)];
        const [m, k, n] = [at(a.shape, -2), at(a.shape, -1), at(b.shape, -1)];
        const batches = util.sizeFromShape(batch);
        const ours =
          a.dtype === "float32" &&
          b.dtype === "float32" &&
          at(b.shape, -2) === k &&
          util.arraysEqual(batch, other) &&
          batches > 1 &&
          m >= ROWS &&
          n >= COLUMNS &&
          k > 0;
        if (!ours)
          return own.kernelFunc({
            ...args,
            inputs: { a, b },
            attrs: { transposeA: false, transposeB: false },
          }) as TensorInfo;
        const product = backend.makeOutput([...batch, m, n], "float32");
        const [pa, pb, pc] = [a, b, product].map(({ dataId }) => backend.dataIdMap.get(dataId).memoryOffset) as [
          number,
          number,
          number,
        ];
        multiplyIn(memoryOf(backend))(pa, pb, pc, batches, m, k, n);
        return product;
      }
    },
  };
};

/** The last two dimensions exchanged. */
const transposedOf = (x: TensorInfo, backend: WasmBackend): TensorInfo => {
  const perm = x.shape.map((_, i) => i);
  perm.push(...perm.splice(-2).reverse());
  return getKernel("Transpose", "wasm").kernelFunc({ inputs: { x }, backend, attrs: { perm } }) as TensorInfo;
};
