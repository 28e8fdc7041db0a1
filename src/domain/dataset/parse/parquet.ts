import { parquetMetadataAsync, parquetReadObjects, type FileMetaData } from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { StudioError } from "../../errors.ts";
import type { Item, Reading } from "./item.ts";
import { plainValue } from "./plainValue.ts";

/**
 * Parquet, one row group at a time. The file itself is held whole, because its index stands at its end.
 * Errors: `dataset-parquet-damaged`.
 */
export const readParquet = async (bytes: Uint8Array<ArrayBuffer>): Promise<Reading> => {
  const file = { byteLength: bytes.byteLength, slice: (start: number, end?: number) => bytes.buffer.slice(start, end) };
  const metadata = await orDamaged(() => parquetMetadataAsync(file));
  async function* items(): AsyncGenerator<Item[], void, void> {
    let rowStart = 0;
    for (const rowEnd of groupEnds(metadata)) {
      const start = rowStart;
      const rows = await orDamaged(() => parquetReadObjects({ file, metadata, compressors, rowStart: start, rowEnd }));
      yield rows.map((value, i) => ({ line: start + i + 1, value: plainValue(value) }));
      rowStart = rowEnd;
    }
  }
  return { items: items(), blankLines: () => 0 };
};

const groupEnds = (metadata: FileMetaData): number[] => {
  let end = 0;
  return metadata.row_groups.map((group) => (end += Number(group.num_rows)));
};

const orDamaged = async <T>(read: () => Promise<T>): Promise<T> => {
  try {
    return await read();
  } catch (cause) {
    throw new StudioError(
      "dataset-parquet-damaged",
      "The Parquet file cannot be read: it is cut short, damaged or uses a feature that is not supported.",
      "Copy it again, or save it as JSONL.",
      { cause },
    );
  }
};
