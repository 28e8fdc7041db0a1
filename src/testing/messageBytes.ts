/**
 * What a message weighs: texts in UTF-8, names of fields included, buffers by their bytes, a number as 8, anything else as 1.
 * A Blob or File crosses by reference and weighs nothing, and so does a port.
 */
export const messageBytes = (value: unknown): number => {
  if (typeof value === "string") return new TextEncoder().encode(value).length;
  if (typeof value === "number") return 8;
  if (typeof value !== "object" || value === null) return 1;
  if (value instanceof Blob || value instanceof MessagePort) return 0;
  if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) return value.byteLength;
  if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + messageBytes(item), 0);
  return Object.entries(value).reduce((sum, [name, item]) => sum + messageBytes(name) + messageBytes(item), 0);
};
