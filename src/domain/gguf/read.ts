import { StudioError } from "../errors.ts";
import { toFloat32 } from "../safetensors/index.ts";
import { ALIGNMENT, GGUF_MAGIC, GGUF_VERSION, padded, TENSOR_TYPES, tensorBytes, type GgufType } from "./format.ts";
import { dequantizeQ8 } from "./q8.ts";

/** A tensor of a GGUF file; start and end are places in the file. */
export interface GgufEntry {
  shape: number[];
  type: GgufType;
  start: number;
  end: number;
}

/** The front of a GGUF file. */
export interface GgufHeader {
  /** Strings, numbers, booleans, and lists of them. */
  metadata: ReadonlyMap<string, unknown>;
  /** By llama.cpp's names. */
  tensors: ReadonlyMap<string, GgufEntry>;
}

const invalid = (what: string): StudioError =>
  new StudioError("gguf-invalid", `The GGUF file ${what}.`, "Export or download it again.");

/**
 * Reads the front of a GGUF file.
 * @param file its first bytes, at least to the end of the tensor list
 * @param size of the whole file
 * @throws StudioError `gguf-invalid`: no GGUF of version 3, cut off, or with tensors of a type that is not read here
 */
export const readGguf = (file: Uint8Array, size: number): GgufHeader => {
  const reader = new Reader(file);
  if (reader.u32() !== GGUF_MAGIC) throw invalid("does not begin as one");
  const version = reader.u32();
  if (version !== GGUF_VERSION) throw invalid(`has version ${version} where ${GGUF_VERSION} is read`);
  const tensorCount = reader.u64();
  const valueCount = reader.u64();
  const metadata = new Map<string, unknown>();
  for (let i = 0; i < valueCount; i++) metadata.set(reader.string(), reader.value(reader.u32()));
  const listed: { name: string; shape: number[]; type: GgufType; offset: number }[] = [];
  for (let i = 0; i < tensorCount; i++) {
    const name = reader.string();
    const shape = Array.from({ length: reader.u32() }, () => reader.u64()).reverse();
    const id = reader.u32();
    const type = (Object.keys(TENSOR_TYPES) as GgufType[]).find((known) => TENSOR_TYPES[known].id === id);
    if (!type) throw invalid(`holds ${name} in type ${id}, which is not read here`);
    listed.push({ name, shape, type, offset: reader.u64() });
  }
  const alignment = metadata.get("general.alignment") ?? ALIGNMENT;
  if (alignment !== ALIGNMENT) throw invalid(`is aligned to ${String(alignment)} bytes where ${ALIGNMENT} is read`);
  const data = padded(reader.at);
  const tensors = new Map<string, GgufEntry>();
  for (const { name, shape, type, offset } of listed) {
    const start = data + offset;
    const end = start + tensorBytes({ shape, type });
    if (end > size) throw invalid(`ends within tensor ${name}: it has ${size} bytes where ${end} are wanted`);
    tensors.set(name, { shape, type, start, end });
  }
  return { metadata, tensors };
};

/** The numbers of a tensor, as a runtime reads them. */
export const ggufFloat32 = (bytes: Uint8Array, type: GgufType): Float32Array =>
  type === "Q8_0" ? dequantizeQ8(bytes) : toFloat32(bytes, type);

/** Reads values in order. Every read past the end says that the file is cut off. */
class Reader {
  at = 0;
  private readonly view: DataView;
  private readonly decoder = new TextDecoder();
  constructor(private readonly file: Uint8Array) {
    this.view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  }
  u32(): number {
    return this.view.getUint32(this.take(4), true);
  }
  u64(): number {
    const value = this.view.getBigUint64(this.take(8), true);
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw invalid("holds a count beyond any file");
    return Number(value);
  }
  string(): string {
    const size = this.u64();
    const from = this.take(size);
    return this.decoder.decode(this.file.subarray(from, from + size));
  }
  value(type: number): unknown {
    switch (type) {
      case 0:
        return this.view.getUint8(this.take(1));
      case 1:
        return this.view.getInt8(this.take(1));
      case 2:
        return this.view.getUint16(this.take(2), true);
      case 3:
        return this.view.getInt16(this.take(2), true);
      case 4:
        return this.u32();
      case 5:
        return this.view.getInt32(this.take(4), true);
      case 6:
        return this.view.getFloat32(this.take(4), true);
      case 7:
        return this.view.getUint8(this.take(1)) !== 0;
      case 8:
        return this.string();
      case 9: {
        const inner = this.u32();
        const length = this.u64();
        if (length > this.file.length) throw invalid("is cut off");
        return Array.from({ length }, () => this.value(inner));
      }
      case 10:
        return this.view.getBigUint64(this.take(8), true);
      case 11:
        return this.view.getBigInt64(this.take(8), true);
      case 12:
        return this.view.getFloat64(this.take(8), true);
      default:
        throw invalid(`holds a value of unknown type ${type}`);
    }
  }
  private take(size: number): number {
    const from = this.at;
    this.at += size;
    if (this.at > this.file.length) throw invalid("is cut off");
    return from;
  }
}
