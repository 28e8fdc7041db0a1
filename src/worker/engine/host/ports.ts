import type { EmbeddingCache } from "../../../domain/embeddingCache.ts";
import type { ModelFiles } from "../../../domain/modelFiles.ts";
import type { SelfTestReport } from "../../../domain/training/types.ts";
import type { DeviceSession } from "../../../engine/index.ts";
import type { BaseRef } from "../protocol.ts";

/** What the service needs from outside. */
export interface ServicePorts {
  openDevice(): Promise<DeviceSession>;
  /** Progress is that of a download, in bytes. */
  openFiles(base: BaseRef, onProgress: (done: number, total: number) => void): Promise<ModelFiles>;
  /** Embeddings computed before. */
  cache: EmbeddingCache;
  /** Self-tests that were passed before. */
  selfTests: SelfTestCache;
  /** Of the product, for the manifest. */
  commit: string | null;
}

/** Passed self-tests, by device, engine version and base. A failed one is never kept. */
export interface SelfTestCache {
  read(key: string): Promise<SelfTestReport | null>;
  write(key: string, report: SelfTestReport): Promise<void>;
}
