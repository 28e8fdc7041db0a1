import {
  MANIFEST_PATH,
  memoryFolder,
  parseManifest,
  readAdapter,
  tokensOf,
  type Manifest,
} from "../../../domain/artifact/index.ts";
import { StudioError } from "../../../domain/errors.ts";
import type { RetrievalTask } from "../../../domain/evaluation/types.ts";
import { exportCard, formFiles, formRecallOf, ggufPath, mustBeSame } from "../../../domain/export/index.ts";
import { ggufAsAdapter, ggufAsModelFiles } from "../../../domain/gguf/index.ts";
import { readModelConfig } from "../../../domain/modelConfig.ts";
import { WEIGHTS_PATH, type ModelFiles } from "../../../domain/modelFiles.ts";
import type { PackedRunTexts } from "../../../domain/run/texts.ts";
import { openForm, type DeviceSession, type OpenForm } from "../../../engine/index.ts";
import type { HubStore } from "../../../platform/hub/index.ts";
import type { BaseRef } from "../../engine/protocol.ts";
import { unseal, type Parcel } from "../../rpc.ts";
import type {
  FetchForm,
  FormProgress,
  FormsService,
  MakeForm,
  MakeScript,
  SavedForm,
  SaveTarget,
} from "../protocol.ts";
import type { openPageSession } from "../../embed/host/onnxRuntime.ts";
import { fetched } from "./fetched.ts";
import { openOnnxForm } from "./onnxForm.ts";
import { saveZip, type ZipPlace } from "./saveZip.ts";
import { scriptOf } from "./script.ts";
import { Staging, storageFull } from "./staging.ts";

/** What the service needs from outside. */
export interface FormsPorts {
  store: HubStore;
  /** A file of the store, for reading in parts. */
  openStored(path: string): Promise<File | null>;
  openBase(base: BaseRef, onProgress: (done: number, total: number) => void): Promise<ModelFiles>;
  openDevice(): Promise<DeviceSession>;
  openOnnx: typeof openPageSession;
  /** The text of the script's `train.py`. */
  program: string;
  fetch(address: string, signal: AbortSignal): Promise<Response>;
}

type Report = (progress: FormProgress) => void;

/** Writes forms for other runtimes: staged on this browser's disk, checked there, then one zip. */
export class FormsHost implements FormsService {
  private readonly staging: Staging;

  constructor(private readonly ports: FormsPorts) {
    this.staging = new Staging(ports.store);
  }

  async make(
    request: MakeForm,
    test: Parcel<RetrievalTask> | null,
    onProgress: Report,
    signal: AbortSignal,
  ): Promise<SavedForm> {
    const { form, dtype, target, folder, tuned } = request;
    const task = test && (await unseal(test));
    await this.staging.clear();
    try {
      const artifact = asArtifact(request.artifact);
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
      const prove = async (written: OpenForm): Promise<Pick<SavedForm, "recall"> & { cosine: number }> => {
        const cosine = await written.probe(artifact, manifest.prompt);
        mustBeSame(cosine, form, dtype);
        signal.throwIfAborted();
        if (!task || !tuned) return { cosine, recall: null };
        const scored = await written.score(task, {
          label: "form",
          prompts: manifest.prompt,
          maxTokens: tokensOf(manifest),
          onProgress: (texts, of) => onProgress({ phase: "recall", texts, of }),
          signal,
        });
        return { cosine, recall: formRecallOf(form === "onnx" ? "onnxruntime" : "engine", tuned, scored, task) };
      };
      const proof =
        form === "onnx"
          ? await prove(await openOnnxForm(staged, { artifact, open: this.ports.openOnnx }))
          : form === "gguf-lora"
            ? await this.onDevice(base, await ggufAsAdapter(staged, path, config), prove)
            : await this.onDevice(form === "gguf" ? await ggufAsModelFiles(staged, path, base) : staged, null, prove);
      signal.throwIfAborted();
      const card = new TextEncoder().encode(exportCard(manifest, form, dtype, proof));
      const entries = files.map(({ path, size }) => ({ path, bytes: { size, chunks: this.staging.read(path, size) } }));
      const saved = await saveZip(
        [...entries, { path: "README.md", bytes: card }],
        { date: new Date(manifest.createdAt), folder },
        this.place(target, onProgress, signal),
      );
      return { ...proof, ...saved };
    } finally {
      await this.staging.clear();
    }
  }

  async script(
    { artifact, folder, target }: MakeScript,
    texts: Parcel<PackedRunTexts>,
    onProgress: Report,
    signal: AbortSignal,
  ): Promise<SavedForm> {
    onProgress({ phase: "plan" });
    const { date, files } = await scriptOf(asArtifact(artifact), await unseal(texts), this.ports.program);
    signal.throwIfAborted();
    const entries = [...files].map(([path, bytes]) => ({ path, bytes }));
    const saved = await saveZip(entries, { date, folder }, this.place(target, onProgress, signal));
    return { cosine: null, recall: null, ...saved };
  }

  async fetch(request: FetchForm, onProgress: Report, signal: AbortSignal): Promise<SavedForm> {
    const { repo, revision, files, date, folder, target } = request;
    await this.staging.clear();
    const entries = files.map((file) => ({
      path: file.path,
      bytes: { size: file.bytes, chunks: fetched({ repo, revision, ...file }, this.ports.fetch, signal) },
    }));
    const place = this.place(target, onProgress, signal);
    return { cosine: null, recall: null, ...(await saveZip(entries, { date: new Date(date), folder }, place)) };
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
  private async onDevice<T>(
    model: ModelFiles,
    adapter: Parameters<typeof openForm>[2],
    work: (form: OpenForm) => Promise<T>,
  ): Promise<T> {
    const session = await this.ports.openDevice();
    try {
      const form = await openForm(session, model, adapter);
      try {
        return await work(form);
      } finally {
        form.close();
      }
    } finally {
      session.close();
    }
  }
}

const asArtifact = (files: MakeForm["artifact"]): ModelFiles => ({
  ...memoryFolder(files),
  id: "artifact",
  revision: "local",
  sha256: async () => null,
});

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
