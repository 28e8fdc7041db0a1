import {
  MANIFEST_PATH,
  memoryFolder,
  parseManifest,
  readAdapter,
  type Adapter,
  type Manifest,
} from "../../../domain/artifact/index.ts";
import { StudioError } from "../../../domain/errors.ts";
import { exportCard, formFiles, ggufPath, mustBeSame } from "../../../domain/export/index.ts";
import { ggufAsAdapter, ggufAsModelFiles } from "../../../domain/gguf/index.ts";
import { readModelConfig } from "../../../domain/modelConfig.ts";
import { WEIGHTS_PATH, type ModelFiles } from "../../../domain/modelFiles.ts";
import { probeForm, type DeviceSession } from "../../../engine/index.ts";
import type { HubStore } from "../../../platform/hub/index.ts";
import type { BaseRef } from "../../engine/protocol.ts";
import type { FetchForm, FormProgress, FormsService, MakeForm, SavedForm, SaveTarget } from "../protocol.ts";
import type { openPageSession } from "../../embed/host/onnxRuntime.ts";
import { fetched } from "./fetched.ts";
import { proveOnnx } from "./proveOnnx.ts";
import { saveZip, type ZipPlace } from "./saveZip.ts";
import { Staging, storageFull } from "./staging.ts";

/** What the service needs from outside. */
export interface FormsPorts {
  store: HubStore;
  /** A file of the store, for reading in parts. */
  openStored(path: string): Promise<File | null>;
  openBase(base: BaseRef, onProgress: (done: number, total: number) => void): Promise<ModelFiles>;
  openDevice(): Promise<DeviceSession>;
  openOnnx: typeof openPageSession;
  fetch(address: string, signal: AbortSignal): Promise<Response>;
}

type Report = (progress: FormProgress) => void;

/** Writes forms for other runtimes: staged on this browser's disk, checked there, then one zip. */
export class FormsHost implements FormsService {
  private readonly staging: Staging;

  constructor(private readonly ports: FormsPorts) {
    this.staging = new Staging(ports.store);
  }

  async make(request: MakeForm, onProgress: Report, signal: AbortSignal): Promise<SavedForm> {
    const { form, dtype, target, folder } = request;
    await this.staging.clear();
    try {
      const artifact = {
        ...memoryFolder(request.artifact),
        id: "artifact",
        revision: "local",
        sha256: async () => null,
      };
      const manifest = parseManifest(await artifact.read(MANIFEST_PATH));
      const base = await this.ports.openBase(request.base, (done, total) => onProgress({ phase: "base", done, total }));
      signal.throwIfAborted();
      await mustBeItsBase(base, manifest);
      const config = await readModelConfig(base);
      const adapter = await readAdapter(artifact, config);
      const files = await formFiles({ artifact, manifest, base, adapter, form, type: dtype });
      const total = files.reduce((sum, { size }) => sum + size, 0);
      await this.mustFit(total, target);
      let before = 0;
      for (const file of files) {
        const report = (bytes: number) => onProgress({ phase: "write", done: before + bytes, total });
        await this.staging.write(file, report, signal);
        before += file.size;
      }
      onProgress({ phase: "check" });
      const staged = this.staging.model("written");
      const path = ggufPath(manifest, form, dtype);
      const proved = async (): Promise<number> => {
        if (form === "onnx")
          return proveOnnx(staged, { artifact, prompts: manifest.prompt, open: this.ports.openOnnx });
        if (form === "gguf-lora")
          return this.probe(base, artifact, manifest, await ggufAsAdapter(staged, path, config));
        return this.probe(
          form === "gguf" ? await ggufAsModelFiles(staged, path, base) : staged,
          artifact,
          manifest,
          null,
        );
      };
      const cosine = await proved();
      mustBeSame(cosine, form, dtype);
      signal.throwIfAborted();
      const card = new TextEncoder().encode(exportCard(manifest, form, dtype, { cosine, recall: null }));
      const entries = files.map(({ path, size }) => ({ path, bytes: { size, chunks: this.staging.read(path, size) } }));
      const saved = await saveZip(
        [...entries, { path: "README.md", bytes: card }],
        { date: new Date(manifest.createdAt), folder },
        this.place(target, onProgress, signal),
      );
      return { cosine, ...saved };
    } finally {
      await this.staging.clear();
    }
  }

  async fetch(request: FetchForm, onProgress: Report, signal: AbortSignal): Promise<SavedForm> {
    const { repo, revision, files, date, folder, target } = request;
    await this.staging.clear();
    const entries = files.map((file) => ({
      path: file.path,
      bytes: { size: file.bytes, chunks: fetched({ repo, revision, ...file }, this.ports.fetch, signal) },
    }));
    const place = this.place(target, onProgress, signal);
    return { cosine: null, ...(await saveZip(entries, { date: new Date(date), folder }, place)) };
  }

  private place(target: SaveTarget, onProgress: Report, signal: AbortSignal): ZipPlace {
    const onBytes = (done: number, total: number) => onProgress({ phase: "save", done, total });
    return { store: this.ports.store, openStored: this.ports.openStored, target, onBytes, signal };
  }

  /** The staged files, and the zip of them where it goes to this browser's disk too. @throws StudioError `storage-full` */
  private async mustFit(bytes: number, target: SaveTarget): Promise<void> {
    const free = await this.ports.store.free();
    if (free !== null && free < (target ? 1 : 2) * bytes) throw storageFull();
  }

  /** On a device of its own, so that what the engine holds stays. */
  private async probe(
    model: ModelFiles,
    artifact: ModelFiles,
    { prompt }: Manifest,
    adapter: Adapter | null,
  ): Promise<number> {
    const session = await this.ports.openDevice();
    try {
      return await probeForm(session, model, artifact, prompt, adapter);
    } finally {
      session.close();
    }
  }
}

/** @throws StudioError `base-mismatch` when these are known to be other weights than those the adapter was trained on */
const mustBeItsBase = async (base: ModelFiles, { base: trained }: Manifest): Promise<void> => {
  const sha256 = await base.sha256(WEIGHTS_PATH);
  if (sha256 !== null && sha256 !== trained.sha256)
    throw new StudioError(
      "base-mismatch",
      `${base.id} holds other weights than the ones that this model was tuned from.`,
      `Load ${trained.id} at revision ${trained.revision}.`,
    );
};
