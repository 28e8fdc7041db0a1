/**
 * The container of llama.cpp's models, version 3: header, metadata, tensor directory, padding, tensor data; little-endian.
 * Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
 */

/** A metadata value with its type. Arrays hold values of one type. */
export type GgufValue =
  | { type: "u32" | "i32" | "f32"; value: number }
  | { type: "u64"; value: bigint }
  | { type: "bool"; value: boolean }
  | { type: "string"; value: string }
  | { type: "strings"; value: readonly string[] }
  | { type: "i32s"; value: readonly number[] };

/** How the elements of a tensor are stored. */
export type GgufType = "F32" | "F16" | "BF16" | "Q8_0";

/** A tensor to be written. */
export interface GgufTensor {
  name: string;
  /** Row-major as everywhere in this project, `[rows, columns]`; the file lists the fastest dimension first. */
  shape: readonly number[];
  type: GgufType;
  /** The bytes of the tensor in its type, in order. */
  chunks(): AsyncIterable<Uint8Array<ArrayBuffer>>;
}

export const GGUF_MAGIC = 0x46554747; // "GGUF"
export const GGUF_VERSION = 3;
/** Every tensor begins at a multiple of this, counted from the first one. */
export const ALIGNMENT = 32;

/** Type numbers of metadata values. */
export const VALUE_TYPES = { u32: 4, i32: 5, f32: 6, bool: 7, string: 8, array: 9, u64: 10 } as const;
/** Type numbers of tensors, with the elements and bytes of their smallest unit. */
export const TENSOR_TYPES = {
  F32: { id: 0, elements: 1, bytes: 4 },
  F16: { id: 1, elements: 1, bytes: 2 },
  Q8_0: { id: 8, elements: 32, bytes: 34 },
  BF16: { id: 30, elements: 1, bytes: 2 },
} as const satisfies Record<GgufType, { id: number; elements: number; bytes: number }>;

/** Bytes of a tensor's data. */
export const tensorBytes = ({ shape, type }: Pick<GgufTensor, "shape" | "type">): number => {
  const { elements, bytes } = TENSOR_TYPES[type];
  return (shape.reduce((product, size) => product * size, 1) / elements) * bytes;
};

export const padded = (size: number): number => Math.ceil(size / ALIGNMENT) * ALIGNMENT;
