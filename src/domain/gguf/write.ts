import { StudioError } from "../errors.ts";
import { GGUF_MAGIC, GGUF_VERSION, padded, TENSOR_TYPES, tensorBytes, VALUE_TYPES } from "./format.ts";
import type { GgufTensor, GgufValue } from "./format.ts";

/**
 * A GGUF file. Tensors keep the order given.
 * @returns the file's size, known beforehand, and its bytes in order
 * @throws StudioError `gguf-tensor-size` while writing, when a tensor's chunks are not of its shape
 */
export const ggufFile = (
  metadata: readonly (readonly [key: string, value: GgufValue])[],
  tensors: readonly GgufTensor[],
): { size: number; chunks: AsyncGenerator<Uint8Array<ArrayBuffer>> } => {
  const front = header(metadata, tensors);
  const size = tensors.reduce((sum, tensor) => sum + padded(tensorBytes(tensor)), front.length);
  const chunks = async function* (): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    yield front;
    for (const tensor of tensors) {
      const bytes = tensorBytes(tensor);
      let written = 0;
      for await (const chunk of tensor.chunks()) {
        written += chunk.length;
        yield chunk;
      }
      if (written !== bytes)
        throw new StudioError(
          "gguf-tensor-size",
          `Tensor ${tensor.name} has ${written} bytes where its shape wants ${bytes}.`,
          "Use the model as it was published.",
        );
      if (padded(bytes) > bytes) yield new Uint8Array(padded(bytes) - bytes);
    }
  };
  return { size, chunks: chunks() };
};

const header = (
  metadata: readonly (readonly [string, GgufValue])[],
  tensors: readonly GgufTensor[],
): Uint8Array<ArrayBuffer> => {
  const out = new Bytes();
  out.u32(GGUF_MAGIC);
  out.u32(GGUF_VERSION);
  out.u64(tensors.length);
  out.u64(metadata.length);
  for (const [key, value] of metadata) {
    out.string(key);
    out.value(value);
  }
  let offset = 0;
  for (const tensor of tensors) {
    out.string(tensor.name);
    out.u32(tensor.shape.length);
    for (const size of tensor.shape.toReversed()) out.u64(size);
    out.u32(TENSOR_TYPES[tensor.type].id);
    out.u64(offset);
    offset += padded(tensorBytes(tensor));
  }
  return out.paddedBytes();
};

/** Bytes that grow. */
class Bytes {
  private buffer = new Uint8Array(1 << 16);
  private view = new DataView(this.buffer.buffer);
  private at = 0;
  private readonly encoder = new TextEncoder();
  // Room is taken before buffer or view are named: they may be new ones afterwards.

  u32(value: number): void {
    const at = this.take(4);
    this.view.setUint32(at, value, true);
  }
  u64(value: number | bigint): void {
    const at = this.take(8);
    this.view.setBigUint64(at, BigInt(value), true);
  }
  string(text: string): void {
    const bytes = this.encoder.encode(text);
    this.u64(bytes.length);
    const at = this.take(bytes.length);
    this.buffer.set(bytes, at);
  }
  value(value: GgufValue): void {
    switch (value.type) {
      case "strings":
        this.u32(VALUE_TYPES.array);
        this.u32(VALUE_TYPES.string);
        this.u64(value.value.length);
        for (const text of value.value) this.string(text);
        return;
      case "i32s":
        this.u32(VALUE_TYPES.array);
        this.u32(VALUE_TYPES.i32);
        this.u64(value.value.length);
        for (const number of value.value) this.i32(number);
        return;
      default:
        this.u32(VALUE_TYPES[value.type]);
        this.scalar(value);
    }
  }
  paddedBytes(): Uint8Array<ArrayBuffer> {
    this.take(padded(this.at) - this.at);
    return this.buffer.slice(0, this.at);
  }

  private scalar(value: Exclude<GgufValue, { type: "strings" | "i32s" }>): void {
    switch (value.type) {
      case "u32":
        return this.u32(value.value);
      case "i32":
        return this.i32(value.value);
      case "f32":
        return this.f32(value.value);
      case "u64":
        return this.u64(value.value);
      case "bool":
        return this.u8(Number(value.value));
      case "string":
        return this.string(value.value);
    }
  }
  private i32(value: number): void {
    const at = this.take(4);
    this.view.setInt32(at, value, true);
  }
  private f32(value: number): void {
    const at = this.take(4);
    this.view.setFloat32(at, value, true);
  }
  private u8(value: number): void {
    const at = this.take(1);
    this.view.setUint8(at, value);
  }
  /** Makes room; the view is that of the buffer afterwards. @returns where the room begins */
  private take(size: number): number {
    const from = this.at;
    this.at += size;
    if (this.at > this.buffer.length) {
      const larger = new Uint8Array(Math.max(this.at, 2 * this.buffer.length));
      larger.set(this.buffer.subarray(0, from));
      this.buffer = larger;
      this.view = new DataView(larger.buffer);
    }
    return from;
  }
}
