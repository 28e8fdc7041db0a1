import type { ExportRequest, VersionExport } from "../../domain/api/index.ts";
import type { SaveTarget } from "../../worker/forms/protocol.ts";

/** Forms that the server makes of registered versions. Failures as those of the registry's client. */
export interface ExportsClient {
  start(version: string, request: ExportRequest): Promise<VersionExport>;
  one(version: string, id: string): Promise<VersionExport>;
  remove(version: string, id: string): Promise<void>;
}

/**
 * Asks the person where a file is to go; must be called while their click still counts. Null where this browser has no such
 * choice, "cancelled" when they changed their mind.
 */
export type PickTarget = (name: string) => Promise<SaveTarget | "cancelled">;
