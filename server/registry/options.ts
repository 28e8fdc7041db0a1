import type { Logger } from "pino";
import type { GateReport } from "../../src/domain/api/index.ts";
import type { Manifest } from "../../src/domain/artifact/manifest.ts";
import type { PendingUpload, UploadLimits } from "./uploads.ts";
import type { StoredVersion } from "./versions.ts";

/** Adds derived files (the ONNX graph) to a folder before it becomes a version; a throw refuses the registration. */
export type Preparation = (directory: string, manifest: Manifest) => Promise<void>;

export interface RegistryOptions {
  /** `models/fine_tuned` */
  root: string;
  limits: UploadLimits;
  /** Versions kept beside production and its predecessor. */
  keep: number;
  logger: Logger;
  /** Recomputes everything a manifest states; throws with the file named. */
  verify: (directory: string) => Promise<Manifest>;
  prepare?: Preparation | null;
  /** Makes an artifact of a folder that holds a model of elsewhere; false where there is nothing to make. */
  bringIn?: ((directory: string, watch: PendingUpload["watch"]) => Promise<boolean>) | null;
  /** Several servers may have the folder open: one writes, the others follow it. */
  shared?: boolean;
}

/** Decides about a promotion; called with the registry's mutex held. */
export type Gatekeeper = (candidate: StoredVersion, production: StoredVersion | null) => Promise<GateReport>;
