import { join } from "node:path";
import type { FastifyInstance } from "fastify";
import { assemble, CORE_ROUTES } from "../app.ts";
import { loadConfig, type Config } from "../config/config.ts";
import { openCore } from "../core.ts";
import type { Core } from "../routes/container.ts";
import { temporaryStudio } from "./folder.ts";
import { memoryLog } from "./log.ts";

/** A server in process, with all of its parts. */
export interface TestApp {
  app: FastifyInstance;
  root: string;
  lines: Record<string, unknown>[];
  /** Ends the server and leaves its folder. */
  stop(): Promise<void>;
  /** Ends the server, and removes its folder unless the folder was given. */
  close(): Promise<void>;
}

export interface FolderOptions {
  /** Folder of an earlier server; without it a new one is made. */
  root?: string;
  /** Changes the checked configuration: limits that no variable sets. */
  adjust?: (config: Config) => void;
}

/** The parts that `open` gives, served over a temporary folder or an older one. */
export const serveParts = async <Parts extends Core>(
  environment: Record<string, string>,
  { root, adjust }: FolderOptions,
  open: (config: Config, log: Core["log"]) => Promise<Parts>,
  build: (parts: Parts) => Promise<FastifyInstance>,
): Promise<Parts & TestApp> => {
  const folder = root ? { root, remove: async () => {} } : await temporaryStudio();
  const config = loadConfig({ RATE_LIMIT_PER_MINUTE: "0", LOG_LEVEL: "debug", ...environment }, folder.root);
  config.pageDir = join(folder.root, "dist");
  // A test's folder holds all the bases that it wants.
  config.bundledBases = join(folder.root, "bundled");
  adjust?.(config);
  const { log, lines } = memoryLog(config.logLevel);
  const parts = await open(config, log);
  const app = await build(parts);
  const stop = async () => {
    await app.close();
    await parts.close();
  };
  const close = async () => {
    await stop();
    await folder.remove();
  };
  return { ...parts, app, root: folder.root, lines, stop, close };
};

export type TestServer = Core & TestApp;

/** Registry and hub without a vector store; `onnx` makes the graphs at registration, which wants true reference embeddings. */
export const testServer = (
  environment: Record<string, string> = {},
  { onnx = false, ...folder }: FolderOptions & { onnx?: boolean } = {},
): Promise<TestServer> =>
  serveParts(
    environment,
    folder,
    (config, log) => openCore(config, { log, onnx }),
    (core) => assemble(core, CORE_ROUTES),
  );

/** Servers of one test file, closed after each test. */
export const serverPool = () => {
  const open: TestServer[] = [];
  return {
    serve: async (...parts: Parameters<typeof testServer>): Promise<TestServer> => {
      const server = await testServer(...parts);
      open.push(server);
      return server;
    },
    closeAll: async (): Promise<void> => {
      for (const server of open.splice(0).reverse()) await server.close();
    },
  };
};

export const getJson = async <T>({ app }: TestApp, url: string): Promise<T> => (await app.inject({ url })).json<T>();

export const post = ({ app }: TestApp, url: string, payload: object = { by: "tester", reason: "test" }) =>
  app.inject({ method: "POST", url, payload });
