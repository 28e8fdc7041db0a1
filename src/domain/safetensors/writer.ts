import { StudioError } from "../errors.ts";
import { BYTES, type DType } from "./dtypes.ts";

/** A tensor to be written, without its data. */
export interface TensorSpec {
  name: string;
  dtype: DType;
  shape: number[];
}

/** A tensor to be written. */
export interface TensorData extends TensorSpec {
  /** Little-endian elements, row-major. Any typed array of the right byte length. */
  data: ArrayBufferView;
}

/** The front of a file and the order in which the data must follow. */
export interface SafetensorsLayout<T extends TensorSpec> {
  /** Length field and padded JSON header. */
  front: Uint8Array<ArrayBuffer>;
  order: T[];
  fileBytes: number;
}

/** What PyTorch readers want to see. */
export const PT_METADATA = { format: "pt" };

const TYPES = Object.keys(BYTES);

const tensorBytes = ({ dtype, shape }: TensorSpec): number =>
  shape.reduce((product, size) => product * size, BYTES[dtype]);

/**
 * Lays a file out as the reference implementation does: types from wide to narrow, then by name, the header padded with spaces
 * to 8 bytes. Equal input gives equal bytes whatever the order of `tensors`.
 */
export const layOut = <T extends TensorSpec>(
  tensors: T[],
  metadata: Record<string, string> = PT_METADATA,
): SafetensorsLayout<T> => {
  const order = tensors.toSorted(
    (a, b) => TYPES.indexOf(b.dtype) - TYPES.indexOf(a.dtype) || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0),
  );
  const header: Record<string, unknown> = { __metadata__: sorted(metadata) };
  let at = 0;
  for (const tensor of order) {
    if (tensor.name in header)
      throw new StudioError(
        "safetensors-duplicate",
        `Two tensors are named ${tensor.name}.`,
        "Give each tensor its own name.",
      );
    const end = at + tensorBytes(tensor);
    header[tensor.name] = { dtype: tensor.dtype, shape: tensor.shape, data_offsets: [at, end] };
    at = end;
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  const padded = Math.ceil(json.length / 8) * 8;
  const front = new Uint8Array(8 + padded).fill(0x20);
  new DataView(front.buffer).setBigUint64(0, BigInt(padded), true);
  front.set(json, 8);
  return { front, order, fileBytes: front.length + at };
};

/** A whole safetensors file in memory; for adapters and checkpoints, not for models. */
export const writeSafetensors = (
  tensors: TensorData[],
  metadata: Record<string, string> = PT_METADATA,
): Uint8Array<ArrayBuffer> => {
  const { front, order, fileBytes } = layOut(tensors, metadata);
  const file = new Uint8Array(fileBytes);
  file.set(front);
  let at = front.length;
  for (const { name, data, ...spec } of order) {
    if (data.byteLength !== tensorBytes({ name, ...spec }))
      throw new StudioError(
        "safetensors-size",
        `Tensor ${name} has ${data.byteLength} bytes where its shape wants ${tensorBytes({ name, ...spec })}.`,
        "This is a defect of the caller: data and shape must agree.",
      );
    file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return file;
};

const sorted = (record: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
