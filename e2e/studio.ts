import { type ChildProcess, spawn } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { test as base } from "@playwright/test";
import { emptyStore } from "../server/testing/databases.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

/** A port that was free a moment ago. */
const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() =>
        typeof address === "object" && address ? resolve(address.port) : reject(new Error("no port")),
      );
    });
  });

/**
 * A studio with its own port, data folder and copy of the models folder. It can be stopped and started again. Its vector
 * store is a copy of an empty one: making one takes longer than all the rest of a start.
 */
export class Studio {
  private server: ChildProcess | null = null;
  readonly folder = mkdtempSync(join(tmpdir(), "recall-studio-"));
  /** Everything the server printed; logs are searched for leaked text. */
  output = "";

  private constructor(
    readonly port: number,
    readonly env: Record<string, string>,
  ) {}

  static async create(env: Record<string, string> = {}): Promise<Studio> {
    const studio = new Studio(await freePort(), env);
    cpSync(join(root, "models/base"), join(studio.folder, "models/base"), { recursive: true });
    await emptyStore(join(studio.folder, "data/vectors"));
    await studio.start();
    return studio;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async start(): Promise<void> {
    const server = spawn(process.execPath, ["--import", "./server/lib/typescript.mjs", "server/main.ts"], {
      cwd: root,
      env: {
        ...process.env,
        PORT: String(this.port),
        STUDIO_DATA_DIR: join(this.folder, "data"),
        MODELS_DIR: join(this.folder, "models"),
        ...this.env,
      },
    });
    this.server = server;
    for (const stream of [server.stdout, server.stderr]) stream.on("data", (chunk) => (this.output += String(chunk)));
    const deadline = Date.now() + 60_000;
    while (Date.now() < deadline) {
      if (server.exitCode !== null) throw new Error(`The server ended with ${server.exitCode}:\n${this.output}`);
      const answered = await fetch(`${this.url}/health`).then(
        () => true,
        () => false,
      );
      if (answered) return;
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
    throw new Error(`The server did not answer within a minute:\n${this.output}`);
  }

  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    const server = this.server;
    this.server = null;
    if (!server || server.exitCode !== null) return;
    const ended = new Promise((resolve) => server.once("exit", resolve));
    server.kill(signal);
    await ended;
  }

  async dispose(): Promise<void> {
    await this.stop("SIGKILL");
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/**
 * A test with a studio. Its pages' storage is its own; the server is one for all tests that leave nothing on it. A test that
 * registers, ingests, stops the server or reads its log makes its own `Studio`.
 */
export const test = base.extend<{ studio: Studio }, { shared: Studio }>({
  shared: [
    async ({}, provide) => {
      const studio = await Studio.create();
      await provide(studio);
      await studio.dispose();
    },
    { scope: "worker" },
  ],
  studio: ({ shared }, provide) => provide(shared),
});
export { expect } from "@playwright/test";
