import { z } from "zod";
import { StudioError } from "../errors.ts";
import { BYTES, type DType } from "./dtypes.ts";

/** One tensor of a safetensors file. */
export interface TensorInfo {
  name: string;
  dtype: DType;
  shape: number[];
  /** First byte in the *file* (not in the data section). */
  start: number;
  /** Byte after the last. */
  end: number;
}

/** What the front of a safetensors file says. */
export interface SafetensorsHeader {
  tensors: Map<string, TensorInfo>;
  metadata: Record<string, string>;
  /** Where the data section begins: 8 + header length. */
  dataStart: number;
  fileBytes: number;
}

/** Reads bytes [start, end) of a file. */
export type ReadRange = (start: number, end: number) => Promise<Uint8Array>;

/** The format's own limit for the header. */
const MAX_HEADER_BYTES = 100_000_000;

const entrySchema = z.object({
  dtype: z.string(),
  shape: z.array(z.int().nonnegative()),
  data_offsets: z.tuple([z.int().nonnegative(), z.int().nonnegative()]),
});

const broken = (what: string) =>
  new StudioError(
    "safetensors-invalid",
    `The safetensors file is damaged: ${what}.`,
    "Download or export the file again; a cut transfer is the usual cause.",
  );

/**
 * Reads and checks the header of a safetensors file of `fileBytes` bytes.
 * @throws StudioError `safetensors-invalid` when the file is truncated, its header is no valid JSON or too large, or the
 * tensors overlap, leave gaps, or do not have the size of their shape.
 */
export const readHeader = async (read: ReadRange, fileBytes: number): Promise<SafetensorsHeader> => {
  if (fileBytes < 8) throw broken(`it has ${fileBytes} bytes, fewer than the 8 of its length field`);
  const length = headerLength(await exactly(read, 0, 8), fileBytes);
  return parse(await exactly(read, 8, 8 + length), fileBytes);
};

/** The header of a file that lies in memory as a whole; same checks as {@link readHeader}. */
export const parseHeader = (file: Uint8Array): SafetensorsHeader => {
  if (file.length < 8) throw broken(`it has ${file.length} bytes, fewer than the 8 of its length field`);
  const length = headerLength(file.subarray(0, 8), file.length);
  return parse(file.subarray(8, 8 + length), file.length);
};

/** Bytes [start, end), or an error where the source gives fewer. */
export const exactly = async (read: ReadRange, start: number, end: number): Promise<Uint8Array> => {
  const bytes = await read(start, end);
  if (bytes.length !== end - start) throw broken(`bytes ${start} to ${end} were asked for and ${bytes.length} came`);
  return bytes;
};

const headerLength = (first8: Uint8Array, fileBytes: number): number => {
  const view = new DataView(first8.buffer, first8.byteOffset, 8);
  const length = view.getBigUint64(0, true);
  if (length > BigInt(MAX_HEADER_BYTES)) throw broken("its header claims to be larger than 100 MB");
  if (Number(length) + 8 > fileBytes) throw broken("it ends inside its header");
  return Number(length);
};

const parse = (header: Uint8Array, fileBytes: number): SafetensorsHeader => {
  const entries = Object.entries(asObject(header));
  const dataStart = 8 + header.length;
  const tensors = entries
    .filter(([name]) => name !== "__metadata__")
    .map(([name, entry]) => toTensor(name, entry, dataStart))
    .sort((a, b) => a.start - b.start || a.end - b.end);
  checkLayout(tensors, dataStart, fileBytes);
  const metadata = z.record(z.string(), z.string()).safeParse(Object.fromEntries(entries)["__metadata__"] ?? {});
  if (!metadata.success) throw broken("its metadata is not a map of strings");
  return {
    tensors: new Map(tensors.map((tensor) => [tensor.name, tensor])),
    metadata: metadata.data,
    dataStart,
    fileBytes,
  };
};

const asObject = (header: Uint8Array): Record<string, unknown> => {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(header));
  } catch (cause) {
    throw Object.assign(broken("its header is not valid JSON"), { cause });
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw broken("its header is not a JSON object");
  return value as Record<string, unknown>;
};

const toTensor = (name: string, entry: unknown, dataStart: number): TensorInfo => {
  const parsed = entrySchema.safeParse(entry);
  if (!parsed.success) throw broken(`the entry of tensor ${name} is not {dtype, shape, data_offsets}`);
  const { dtype, shape, data_offsets } = parsed.data;
  if (!Object.hasOwn(BYTES, dtype)) throw broken(`tensor ${name} has the unknown type ${dtype}`);
  const [start, end] = data_offsets;
  const bytes = shape.reduce((product, size) => product * size, BYTES[dtype as DType]);
  if (end - start !== bytes) throw broken(`tensor ${name} takes ${end - start} bytes where its shape wants ${bytes}`);
  return { name, dtype: dtype as DType, shape, start: start + dataStart, end: end + dataStart };
};

/** The format wants the tensors to fill the data section without holes or overlap. */
const checkLayout = (sorted: TensorInfo[], dataStart: number, fileBytes: number): void => {
  let at = dataStart;
  for (const { name, start, end } of sorted) {
    if (start < at) throw broken(`tensor ${name} overlaps the one before it`);
    if (start > at) throw broken(`there is a gap before tensor ${name}`);
    at = end;
  }
  if (at > fileBytes) throw broken(`it should have ${at} bytes and has ${fileBytes}: it is truncated`);
  if (at < fileBytes) throw broken(`${fileBytes - at} bytes follow the last tensor`);
};
