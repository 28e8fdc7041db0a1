import { StudioError } from "../../../src/domain/errors.ts";

/** What a reader of one form gives back; `warnings` name what it could not read. */
export interface Reading {
  title: string | null;
  text: string;
  warnings?: string[];
}

/** Reads one form of file. @throws StudioError when nothing can be read */
export type Reader = (bytes: Uint8Array) => Promise<Reading>;

/** A file may have so many pages or characters, as the contract says of every document. */
export const MAX_CHARACTERS = 2_000_000;

export const starts = (bytes: Uint8Array, ...magic: number[]): boolean => magic.every((value, i) => bytes[i] === value);
export const isPdf = (bytes: Uint8Array): boolean => starts(bytes, 0x25, 0x50, 0x44, 0x46);
export const isZip = (bytes: Uint8Array): boolean => starts(bytes, 0x50, 0x4b, 3, 4);

export const mismatch = (expected: string): StudioError =>
  new StudioError(
    "file-type-mismatch",
    `The file's content is not ${expected}, as its ending says.`,
    "Give it its true ending.",
  );
