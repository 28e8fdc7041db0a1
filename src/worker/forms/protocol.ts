import type { RetrievalEvaluation, RetrievalTask } from "../../domain/evaluation/types.ts";
import type { FormRecall } from "../../domain/export/index.ts";
import type { ExportType, Form } from "../../domain/export/types.ts";
import type { PackedRunTexts } from "../../domain/run/texts.ts";
import type { ArtifactFile, BaseRef } from "../engine/protocol.ts";
import type { Parcel } from "../rpc.ts";

/** What is being done for a form, with bytes where they are counted. */
export type FormProgress =
  | { phase: "base" | "write" | "save"; done: number; total: number }
  /** The written form embeds the probe texts. */
  | { phase: "check" }
  /** It embeds the texts of the run's test; counted in texts. */
  | { phase: "recall"; texts: number; of: number }
  /** The run's batches are laid out again. */
  | { phase: "plan" };

/** Where the zip goes: a file that the person has chosen, or null, where this browser has no such choice. */
export type SaveTarget = FileSystemFileHandle | null;

/** A form of a run's artifact, to be made in this browser. */
export interface MakeForm {
  artifact: ArtifactFile[];
  base: BaseRef;
  form: Form;
  dtype: ExportType;
  /** What the run's model scored on its test, for the change in recall; null where that is not measured. */
  tuned: RetrievalEvaluation | null;
  /** Folder inside the zip. */
  folder: string;
  target: SaveTarget;
}

/** A run as a script for other machines. */
export interface MakeScript {
  artifact: ArtifactFile[];
  folder: string;
  target: SaveTarget;
}

/** A form that the server has made, to be brought from its hub addresses. */
export interface FetchForm {
  repo: string;
  revision: string;
  files: readonly { path: string; bytes: number; sha256: string }[];
  /** ISO 8601, in every entry of the zip. */
  date: string;
  folder: string;
  target: SaveTarget;
}

export interface SavedForm {
  /** Smallest cosine of the probe texts' vectors to the tuned model's own; null where the server has it. */
  cosine: number | null;
  /** What it costs on the run's test; null where that was not measured. */
  recall: FormRecall | null;
  bytes: number;
  /** The zip, on this browser's disk, where there was no target; it stays until the next one is made. */
  file: File | null;
}

/**
 * What the page may ask of the worker that writes forms for other runtimes. Weights go through the disk, never as a whole
 * through memory. Errors arrive as `StudioError`; after an abort or an error nothing stays under the target's name.
 */
export interface FormsService {
  /**
   * @param test the run's test, for the recall; null where that is not measured
   * @throws StudioError `export-differs`, `storage-full`, `base-mismatch`, what reading base and adapter throws
   */
  make(
    request: MakeForm,
    test: Parcel<RetrievalTask> | null,
    onProgress: (progress: FormProgress) => void,
    signal: AbortSignal,
  ): Promise<SavedForm>;
  /** @throws StudioError `manifest-no-script`, `model-imported`, `storage-full` */
  script(
    request: MakeScript,
    texts: Parcel<PackedRunTexts>,
    onProgress: (progress: FormProgress) => void,
    signal: AbortSignal,
  ): Promise<SavedForm>;
  /** @throws StudioError `download-damaged`, `server-unreachable`, `storage-full` */
  fetch(request: FetchForm, onProgress: (progress: FormProgress) => void, signal: AbortSignal): Promise<SavedForm>;
}
