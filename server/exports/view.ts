import type { VersionExport } from "../../src/domain/api/index.ts";
import type { Problem } from "../../src/domain/errors.ts";
import { DEFAULT_TYPE, exportId, type ExportType, type Form } from "../../src/domain/export/types.ts";
import { commitOf, type VersionRecord } from "../registry/record.ts";
import { repoOf } from "../registry/views.ts";
import type { StoredExport } from "./record.ts";

/** A form that is being made, or could not be. */
export interface ExportJob {
  form: Form;
  dtype: ExportType;
  state: "queued" | "running" | "failed";
  createdAt: string;
  done: number;
  total: number;
  problem: Problem | null;
  stop: AbortController;
}

/** The hub repository of a form, beside that of the versions: `recall-studio/<base>-tuned-merged`, `…-gguf-q8`. */
export const exportRepo = (repo: string, form: Form, dtype: ExportType): string =>
  `${repo}-${form}${dtype === DEFAULT_TYPE[form] ? "" : `-${dtype}`}`;

/** A form as the API shows it. */
export const exportView = (
  { version, base }: Pick<VersionRecord, "version" | "base">,
  one: StoredExport | ExportJob,
): VersionExport => {
  const { form, dtype, createdAt } = one;
  const made = "files" in one ? one : null;
  const job = "files" in one ? null : one;
  const bytes = made?.files.reduce((sum, file) => sum + file.bytes, 0) ?? 0;
  return {
    id: exportId(form, dtype),
    version,
    form,
    dtype,
    state: job?.state ?? "ready",
    progress: job ? { done: job.done, total: job.total } : { done: bytes, total: bytes },
    cosine: made?.cosine ?? null,
    createdAt,
    repo: exportRepo(repoOf(base.id), form, dtype),
    commit: made && commitOf(made),
    bytes,
    files: made?.files ?? [],
    problem: job?.problem ?? null,
  };
};
