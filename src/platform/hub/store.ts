/** Where downloads lie. Paths use forward slashes. The browser's is OPFS; tests have one in memory. */
export interface HubStore {
  size(path: string): Promise<number | null>;
  /** Bytes [start, end). */
  read(path: string, start: number, end: number): Promise<Uint8Array>;
  /** Replaces a small file as a whole, all or nothing. */
  write(path: string, bytes: Uint8Array): Promise<void>;
  /** Opens a file for appending and creates it when needed. One opener at a time. */
  append(path: string): Promise<AppendFile>;
  /** Every file below a folder. */
  list(folder: string): Promise<{ path: string; bytes: number }[]>;
  /** Removes a file or folder; nothing happens when there is none. */
  remove(path: string): Promise<void>;
  /** Bytes that may still be stored, null when the platform does not say. */
  free(): Promise<number | null>;
}

/** A file that grows. Writing past the quota throws a DOMException named `QuotaExceededError`. */
export interface AppendFile {
  size(): number;
  write(bytes: Uint8Array): void;
  truncate(size: number): void;
  read(start: number, end: number): Uint8Array;
  flush(): void;
  close(): void;
}
