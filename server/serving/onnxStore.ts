import { randomUUID } from "node:crypto";
import { copyFile, link, mkdir, readdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { readAdapter } from "../../src/domain/artifact/readAdapter.ts";
import { readModelConfig } from "../../src/domain/modelConfig.ts";
import {
  BASE_DATA,
  BASE_GRAPH,
  ONNX_LAYOUT,
  writeBaseOnnx,
  writeTunedOnnx,
  type OnnxType,
} from "../../src/domain/onnx/index.ts";
import { renameDurable, replaceFile, syncDirectory } from "../lib/durableFiles.ts";
import { hashFile } from "../lib/hash.ts";
import type { LocalBase } from "../registry/bases.ts";
import { asMade, noteMade } from "./madeFiles.ts";
import { modelFolder } from "./modelFolder.ts";
import type { TunedModel } from "./selection.ts";
import { writeOnnx } from "./writeOnnx.ts";

/**
 * ONNX forms of the models, made once and kept. One folder a base holds its graph and its data file; each tuned model has
 * a folder beside it with its own graph, its A and B, and a hard link to the base's data, because runtimes refuse paths
 * that lead out of a model's folder. Models in 8 bits have folders of their own; A and B stay F32. Everything here can be made again.
 */
export class OnnxStore {
  readonly #running = new Map<string, Promise<string>>();
  readonly #digests = new Map<string, Promise<string>>();

  /** Folders that were checked, or made, since this process began. */
  readonly #sound = new Set<string>();

  constructor(
    private readonly root: string,
    /** Told of a folder that was damaged and is made again. */
    private readonly onDamage: (folder: string) => void = () => undefined,
  ) {}

  /** Folder with `model.onnx` and `model.onnx_data` of a base, written on first use. */
  base(base: LocalBase, dtype: OnnxType = "f32"): Promise<string> {
    return this.#make(join(this.#family(base, dtype), "base"), async (folder) => {
      const files = modelFolder(base.directory, base.name);
      await writeOnnx(folder, (sink) => writeBaseOnnx(files, sink, undefined, dtype));
    });
  }

  /** A base's graph and data as files of the hub; none before this server has made them, which takes minutes at full size. */
  async baseFiles(base: LocalBase): Promise<{ path: string; absolute: string; bytes: number; sha256: string }[]> {
    const graph = join(this.#family(base), "base", BASE_GRAPH);
    const made = await stat(graph).catch(() => null);
    if (!made) return [];
    return [
      { path: `onnx/${BASE_GRAPH}`, absolute: graph, bytes: made.size, sha256: await this.#digest(graph) },
      { path: `onnx/${BASE_DATA}`, ...(await this.baseData(base)) },
    ];
  }

  /** The data file that a base and all models tuned from it share, with its SHA-256, which is computed once. */
  async baseData(base: LocalBase): Promise<{ absolute: string; bytes: number; sha256: string }> {
    const absolute = join(await this.base(base), BASE_DATA);
    return { absolute, bytes: (await stat(absolute)).size, sha256: await this.#digest(absolute) };
  }

  #digest(absolute: string): Promise<string> {
    const digest = this.#digests.get(absolute) ?? rememberedDigest(absolute);
    this.#digests.set(absolute, digest);
    digest.catch(() => this.#digests.delete(absolute));
    return digest;
  }

  /** Folder with `model.onnx`, `model.onnx_data` (the base's) and `model.onnx_data_1` of a tuned model. */
  async tuned(
    tuned: Pick<TunedModel, "directory" | "fingerprint">,
    base: LocalBase,
    dtype: OnnxType = "f32",
  ): Promise<string> {
    const shared = await this.base(base, dtype);
    return this.#make(join(this.#family(base, dtype), tuned.fingerprint.slice(0, 32)), async (folder) => {
      const files = modelFolder(tuned.directory, tuned.fingerprint);
      const config = await readModelConfig(files);
      const adapter = await readAdapter(files, config);
      await writeOnnx(folder, (sink) => writeTunedOnnx(config, adapter, sink, undefined, dtype));
      const [from, to] = [join(shared, BASE_DATA), join(folder, BASE_DATA)];
      // A file system without hard links costs disk space, nothing else.
      await link(from, to).catch(() => copyFile(from, to));
    });
  }

  /** Removes a tuned model's files; a session that has them open keeps working. */
  async forget(fingerprint: string): Promise<void> {
    for (const family of await readdir(this.root).catch(() => []))
      await rm(join(this.root, family, fingerprint.slice(0, 32)), { recursive: true, force: true });
  }

  #family(base: LocalBase, dtype: OnnxType = "f32"): string {
    return join(this.root, `${base.sha256.slice(0, 32)}-layout${ONNX_LAYOUT}${dtype === "f32" ? "" : `-${dtype}`}`);
  }

  /** One maker at a time for each folder; the folder appears by one rename, complete or not at all. */
  #make(target: string, fill: (folder: string) => Promise<void>): Promise<string> {
    const running = this.#running.get(target);
    if (running) return running;
    const work = (async () => {
      if (await this.#isSound(target)) return target;
      if (await stat(target).catch(() => null)) {
        this.onDamage(target);
        await rm(target, { recursive: true, force: true });
      }
      const parent = join(target, "..");
      const part = join(parent, `.part-${randomUUID()}`);
      await mkdir(part, { recursive: true });
      try {
        await fill(part);
        await noteMade(part);
        await syncDirectory(part);
        await renameDurable(part, target);
        this.#sound.add(target);
      } catch (thrown) {
        await rm(part, { recursive: true, force: true });
        // Another process made it meanwhile.
        if (await this.#isSound(target)) return target;
        throw thrown;
      }
      return target;
    })();
    this.#running.set(target, work);
    void work.catch(() => {}).finally(() => this.#running.delete(target));
    return work;
  }

  /** Whether the folder is there and as it was made; read whole once, which takes seconds at full size. */
  async #isSound(target: string): Promise<boolean> {
    if (this.#sound.has(target) && (await stat(join(target, BASE_GRAPH)).catch(() => null))) return true;
    if (!(await asMade(target))) return false;
    this.#sound.add(target);
    return true;
  }
}

/** SHA-256 of a file that never changes, kept beside it. */
const rememberedDigest = async (absolute: string): Promise<string> => {
  const beside = `${absolute}.sha256`;
  const known = await readFile(beside, "utf8").catch(() => "");
  if (/^[0-9a-f]{64}$/.test(known)) return known;
  const digest = await hashFile(absolute);
  await replaceFile(beside, digest);
  return digest;
};
