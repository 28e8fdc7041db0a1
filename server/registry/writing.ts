import { StudioError } from "../../src/domain/errors.ts";
import { type DirectoryLock, lockDirectory, LockWatch, takeDirectory } from "../lib/directoryLock.ts";

const SHARING =
  "Stop that server, or give this one another folder with MODELS_DIR. Or give both the same DATABASE_URL: servers on one Postgres share this folder (docs/server.md).";

/**
 * Who changes the registry's folder: the one server that holds its lock. Where several may share the folder, the others read,
 * and one of them takes the lock once its holder is gone.
 */
export class Writing {
  #holder = "";

  private constructor(
    private readonly root: string,
    private readonly watch: LockWatch,
    private readonly shared: boolean,
    private lock: DirectoryLock | null,
  ) {}

  /** @throws StudioError `directory-in-use` where another holds it and the folder is not `shared` */
  static async open(root: string, shared: boolean): Promise<Writing> {
    const watch = new LockWatch(root);
    if (!shared) return new Writing(root, watch, shared, await lockDirectory(root, "model registry", SHARING));
    const writing = new Writing(root, watch, shared, null);
    await writing.take();
    return writing;
  }

  /** Whether this server writes, as far as it knows. */
  get here(): boolean {
    return this.lock !== null;
  }

  /** Who writes, in words. */
  get words(): string {
    return this.here ? "This server writes the registry." : `Another server (${this.#holder}) writes the registry.`;
  }

  /** Tries to become the one that writes. @returns whether it did just now */
  async take(): Promise<boolean> {
    if (this.lock) return false;
    const taken = await takeDirectory(this.root, this.watch);
    if ("lock" in taken) this.lock = taken.lock;
    else this.#holder = taken.words;
    return this.lock !== null;
  }

  /**
   * Asked before each change.
   * @returns false when another has taken over meanwhile, since this server seemed dead
   */
  async still(): Promise<boolean> {
    if (!this.lock || !this.shared || (await this.lock.holds())) return this.here;
    this.lock = null;
    this.#holder = (await this.watch.look())?.words ?? "not known yet";
    return false;
  }

  /** Says in the lock where this server answers. */
  async announce(address: string): Promise<void> {
    await this.lock?.announce(address);
  }

  async release(): Promise<void> {
    await this.lock?.release();
    this.lock = null;
  }

  refusal(): StudioError {
    return new StudioError(
      "registry-read-only",
      `This server only reads the registry: another one (${this.#holder}) writes it.`,
      "Send the change to that server. When it is stopped, one of the others takes over within seconds.",
    );
  }
}
