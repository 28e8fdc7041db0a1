import { randomUUID } from "node:crypto";
import { mkdir, rename, rm, statfs } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Readable } from "node:stream";
import { isSafeArtifactPath, type UploadedFile } from "../../src/domain/api/index.ts";
import { StudioError } from "../../src/domain/errors.ts";
import { inFolder } from "../lib/paths.ts";
import { receiveFile } from "./receiveFile.ts";
import { RECORD_FILE } from "./record.ts";

export interface UploadLimits {
  uploadFileBytes: number;
  uploadTotalBytes: number;
  uploadIdleMs: number;
  uploadLifetimeMs: number;
}

/** An upload under way. Its files lie in `directory`, which nothing else reads. */
export interface PendingUpload {
  readonly id: string;
  readonly by: string;
  readonly directory: string;
  /** Moves on with every file, and while it is measured. */
  expiresAt: Date;
  readonly files: Map<string, { bytes: number; sha256: string | null; busy: boolean }>;
  /** Set while the registry checks it: no file may change any more. */
  committing: boolean;
  /** How far what it brings in is measured, in texts; null where nothing is. */
  measured: { done: number; total: number } | null;
  /** Is told of that, and ended with the upload. */
  readonly watch: { onProgress(done: number, total: number): void; signal: AbortSignal };
  /** Ends what is made of it. */
  stop(): void;
}

const MAX_PENDING = 16;

/** Files on their way in: each is hashed while it is written, and nothing counts before the registry takes it. */
export class Uploads {
  readonly #pending = new Map<string, PendingUpload>();

  constructor(
    /** On the same file system as the versions, so that taking an upload is one rename. */
    readonly root: string,
    private readonly limits: UploadLimits,
    /** Throws where another server takes the uploads. */
    private readonly mustWrite: () => Promise<void> = async () => {},
  ) {}

  /** Uploads of an earlier process cannot be continued; their files are removed. */
  async clear(): Promise<void> {
    await rm(this.root, { recursive: true, force: true });
    await mkdir(this.root, { recursive: true });
  }

  async create(by: string, files: readonly { path: string; bytes: number }[]): Promise<PendingUpload> {
    await this.mustWrite();
    await this.sweep();
    checkNames(files.map((file) => file.path));
    const total = files.reduce((sum, file) => sum + file.bytes, 0);
    const tooBig = files.find((file) => file.bytes > this.limits.uploadFileBytes);
    if (tooBig)
      throw tooLarge(`${tooBig.path} has ${tooBig.bytes} bytes; the limit is ${this.limits.uploadFileBytes}.`);
    if (total > this.limits.uploadTotalBytes)
      throw tooLarge(`The artifact has ${total} bytes; the limit is ${this.limits.uploadTotalBytes}.`);
    if (this.#pending.size >= MAX_PENDING)
      throw new StudioError(
        "uploads-busy",
        `${MAX_PENDING} uploads are under way.`,
        "Wait for one to finish, or cancel one.",
      );
    const disk = await statfs(this.root);
    if (disk.bavail * disk.bsize < total)
      throw new StudioError(
        "disk-full",
        "The server's disk has no room for this artifact.",
        "Free space, or archive and delete old versions.",
      );

    const id = randomUUID();
    const ending = new AbortController();
    const upload: PendingUpload = {
      id,
      by,
      directory: join(this.root, id),
      expiresAt: this.#laterOn(),
      files: new Map(files.map((file) => [file.path, { bytes: file.bytes, sha256: null, busy: false }])),
      committing: false,
      measured: null,
      watch: {
        onProgress: (done, total) => {
          upload.measured = { done, total };
          upload.expiresAt = this.#laterOn();
        },
        signal: ending.signal,
      },
      stop: () => ending.abort(new StudioError("aborted", "The upload was cancelled.", "Start it again.")),
    };
    await mkdir(upload.directory);
    this.#pending.set(id, upload);
    return upload;
  }

  get(id: string): PendingUpload {
    const upload = this.#pending.get(id);
    if (!upload || upload.expiresAt.getTime() < Date.now())
      throw new StudioError(
        "upload-unknown",
        "There is no such upload.",
        "It was finished, cancelled or too old. Start the upload again.",
      );
    return upload;
  }

  /**
   * Writes one announced file from a stream; resolves when its digest matched and it is on disk. On any failure the
   * file counts as not received. Throws `digest-mismatch`, `upload-truncated`, `upload-too-large`, `upload-stalled`.
   */
  async receive(id: string, path: string, body: Readable, sha256: string): Promise<UploadedFile> {
    const upload = this.get(id);
    const file = upload.files.get(path);
    if (!file)
      throw new StudioError(
        "file-unexpected",
        `${path} was not announced.`,
        "Announce every file when the upload is created.",
      );
    if (file.busy || upload.committing)
      throw new StudioError(
        "upload-conflict",
        `${path} is being written by another request.`,
        "Wait for it, then try again.",
      );
    file.busy = true;
    file.sha256 = null;
    const target = inFolder(upload.directory, path);
    const part = `${target}.part`;
    try {
      await mkdir(dirname(target), { recursive: true });
      const actual = await receiveFile(body, {
        target: part,
        path,
        bytes: file.bytes,
        idleMs: this.limits.uploadIdleMs,
      });
      if (actual !== sha256)
        throw new StudioError(
          "digest-mismatch",
          `${path} does not match its Content-Digest.`,
          "It was altered or damaged on the way. Send this file again.",
        );
      await rename(part, target);
      file.sha256 = sha256;
      upload.expiresAt = this.#laterOn();
      return { path, bytes: file.bytes, sha256 };
    } finally {
      await rm(part, { force: true });
      file.busy = false;
    }
  }

  /** Ends what is being measured: the server closes. */
  stop(): void {
    for (const upload of this.#pending.values()) upload.stop();
  }

  #laterOn(): Date {
    return new Date(Date.now() + this.limits.uploadLifetimeMs);
  }

  /** The upload, closed for changes, when every announced file is there. Throws `upload-incomplete`. */
  seal(id: string): PendingUpload {
    const upload = this.get(id);
    if (upload.committing)
      throw new StudioError(
        "upload-conflict",
        "This upload is being checked already.",
        "Wait for the answer of the first request.",
      );
    const missing = [...upload.files].filter(([, file]) => file.sha256 === null).map(([path]) => path);
    if (missing.length)
      throw new StudioError(
        "upload-incomplete",
        `Not received yet: ${missing.slice(0, 5).join(", ")}${missing.length > 5 ? ` and ${missing.length - 5} more` : ""}.`,
        "Send the missing files, then commit again.",
      );
    upload.committing = true;
    return upload;
  }

  /** Forgets an upload and removes what is left of it. */
  async abandon(id: string): Promise<void> {
    const upload = this.#pending.get(id);
    this.#pending.delete(id);
    upload?.stop();
    if (upload) await rm(upload.directory, { recursive: true, force: true });
  }

  /** Removes uploads that were begun and never committed. Returns how many. */
  async sweep(now = Date.now()): Promise<number> {
    const old = [...this.#pending.values()].filter((upload) => !upload.committing && upload.expiresAt.getTime() < now);
    for (const upload of old) await this.abandon(upload.id);
    return old.length;
  }
}

const tooLarge = (message: string) =>
  new StudioError(
    "upload-too-large",
    message,
    "Check the artifact, or raise UPLOAD_MAX_FILE_MB and UPLOAD_MAX_TOTAL_MB.",
  );

/** Names must be safe, and stay apart on file systems that ignore case. */
const checkNames = (paths: readonly string[]): void => {
  const seen = new Set<string>();
  for (const path of paths) {
    if (!isSafeArtifactPath(path) || path.endsWith(".part") || path === RECORD_FILE)
      throw new StudioError(
        "file-name-refused",
        `${JSON.stringify(path.slice(0, 100))} is not an acceptable file name.`,
        "Use plain relative names: letters, digits, dot, dash and underscore.",
      );
    const key = path.toLowerCase();
    const parents = key.split("/").map((_, index, all) => all.slice(0, index + 1).join("/"));
    if (seen.has(key) || parents.slice(0, -1).some((parent) => seen.has(parent)))
      throw new StudioError(
        "file-name-refused",
        `${path} stands twice in the artifact.`,
        "Give every file its own name.",
      );
    seen.add(key);
  }
  for (const path of seen)
    // A file announced before the folder of the same name.
    if ([...seen].some((other) => other.startsWith(`${path}/`)))
      throw new StudioError(
        "file-name-refused",
        `${path} is both a file and a folder.`,
        "Give every file its own name.",
      );
};
