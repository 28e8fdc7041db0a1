import {
  MANIFEST_PATH,
  memoryFolder,
  parseManifest,
  readAdapter,
  type testFacts,
} from "../../../domain/artifact/index.ts";
import { StudioError } from "../../../domain/errors.ts";
import { sha256Hex } from "../../../domain/hashing.ts";
import type { ModelFiles } from "../../../domain/modelFiles.ts";
import type { Prompts } from "../../../domain/text/prompts.ts";
import { sha256List } from "../../../domain/text/index.ts";
import {
  loadBase,
  LoraAdapter,
  type DeviceSession,
  type FixedModel,
  type LoadedBase,
  type RunResult,
} from "../../../engine/index.ts";
import type { ArtifactFile, TrainRequest } from "../protocol.ts";

/** What is kept of a run's data when its texts are gone. */
export interface RunData {
  split: { hash: string; train: number; dev: number; test: number };
  /** Of the test queries. */
  test: ReturnType<typeof testFacts>;
}

/** The adapter in memory, from a run or from a stored artifact. */
export interface Tuned {
  adapter: LoraAdapter;
  prompts: Prompts;
  run: { request: TrainRequest; result: RunResult; data: RunData } | null;
  /** Tells this adapter's embeddings from others'. */
  identity: string;
}

/** What lies on the device: one base, one adapter. A lost or failed device takes both along, and the next use starts a fresh one. */
export class LoadedModels {
  private device: Promise<DeviceSession> | null = null;
  private heldBase: LoadedBase | null = null;
  private heldTuned: Tuned | null = null;

  constructor(private readonly openDevice: () => Promise<DeviceSession>) {}

  /** The device, started on the first call and after each failure. */
  async session(): Promise<DeviceSession> {
    this.device ??= this.started();
    const session = await this.device;
    if (session.failure() === null) return session;
    session.close();
    this.forgetDevice();
    return this.session();
  }

  /** @throws StudioError `base-missing` */
  get base(): LoadedBase {
    if (!this.heldBase) throw new StudioError("base-missing", "No base model is loaded.", "Choose a base model first.");
    return this.heldBase;
  }

  get baseOrNull(): LoadedBase | null {
    return this.heldBase;
  }

  /** @throws StudioError `adapter-missing` */
  get tuned(): Tuned {
    if (!this.heldTuned) throw noAdapter();
    return this.heldTuned;
  }

  get tunedOrNull(): Tuned | null {
    return this.heldTuned;
  }

  /** Puts another base on the device, in place of the one there and its adapter. */
  async replaceBase(files: ModelFiles, onProgress: (done: number, total: number) => void): Promise<LoadedBase> {
    const session = await this.session();
    this.forgetTuned();
    this.heldBase?.dispose();
    this.heldBase = null;
    return (this.heldBase = await loadBase(session, files, { onProgress }));
  }

  /** Puts a stored artifact's adapter on the device. @throws StudioError `adapter-mismatch` when it was tuned from another base */
  async readArtifact(artifact: ArtifactFile[]): Promise<void> {
    const { base } = this;
    const folder = memoryFolder(artifact);
    const manifest = parseManifest(await folder.read(MANIFEST_PATH));
    if (manifest.base.sha256 !== base.model.weights.sha256)
      throw new StudioError(
        "adapter-mismatch",
        `This artifact was tuned from ${manifest.base.id}, and another base is loaded.`,
        `Load ${manifest.base.id} at revision ${manifest.base.revision}.`,
      );
    const adapter = LoraAdapter.from(base.session.kernels, base.config, await readAdapter(folder, base.config));
    this.forgetTuned();
    await this.keep({ adapter, prompts: manifest.prompt, run: null });
  }

  /** Holds an adapter that is on the device already. */
  async keep(tuned: Omit<Tuned, "identity">): Promise<void> {
    this.heldTuned = { ...tuned, identity: await identityOf(tuned.adapter) };
  }

  forgetTuned(): void {
    this.heldTuned?.adapter.dispose();
    this.heldTuned = null;
  }

  /** The model as it is embedded with, and what tells its embeddings from others'; no strength at all is the base. */
  model(which: "baseline" | "tuned", strength: number): FixedModel {
    if (which === "baseline") return { adapter: null, identity: null };
    const { adapter, identity } = this.tuned;
    return strength === 0
      ? { adapter: null, identity: null }
      : { adapter: adapter.atStrength(strength), identity: `${identity}@${strength}` };
  }

  private started(): Promise<DeviceSession> {
    const opened = this.openDevice();
    opened.then(
      ({ lost }) => lost.then(() => this.device === opened && this.forgetDevice()),
      () => (this.device = null),
    );
    return opened;
  }

  private forgetDevice(): void {
    this.device = null;
    this.heldBase = null;
    this.heldTuned = null;
  }
}

/** Hash of the values of A and B and of how strongly they act. */
const identityOf = async (adapter: LoraAdapter): Promise<string> => {
  const { tensors, scaling } = await adapter.read();
  const parts = [...tensors].map(
    ([name, { buffer, byteOffset, byteLength }]) =>
      `${name} ${sha256Hex(new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength))}`,
  );
  return sha256List([`${scaling}`, ...parts.sort()]);
};

export const noAdapter = (): StudioError =>
  new StudioError(
    "adapter-missing",
    "The tuned model of this run is not in memory.",
    "Train again, or load the run's artifact.",
  );
