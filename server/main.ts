import { existsSync } from "node:fs";
import { pathToFileURL } from "node:url";
import type { FastifyInstance } from "fastify";
import { StudioError, toProblem } from "../src/domain/errors.ts";
import { buildApp } from "./app.ts";
import { loadConfig, type Config } from "./config/config.ts";
import type { Studio } from "./routes/container.ts";
import { openStudio, type StudioOptions } from "./studio.ts";

export interface RunningServer {
  url: string;
  app: FastifyInstance;
  studio: Studio;
  /** Finishes running requests, then closes everything. Calling it again waits for the first call. */
  stop(): Promise<void>;
}

/** Ports tried after the default when PORT is not given. */
const ATTEMPTS = 20;
/** Running requests get this long to finish. */
const GRACE_MS = 10_000;

/** Starts the server. Throws a `StudioError` that says what to do; nothing stays open then. */
export const start = async (config: Config, options: StudioOptions = {}): Promise<RunningServer> => {
  const studio = await openStudio(config, options);
  try {
    const app = await buildApp(studio);
    const url = await listen(app, config);
    await studio.registry.announce(url);
    let stopped: Promise<void> | undefined;
    const stop = async () => {
      const grace = setTimeout(() => app.server.closeAllConnections(), GRACE_MS);
      // A connection whose last request has just ended would be kept for the next one.
      const idle = setInterval(() => app.server.closeIdleConnections(), 50);
      await app.close();
      clearTimeout(grace);
      clearInterval(idle);
      await studio.close();
    };
    return { url, app, studio, stop: () => (stopped ??= stop()) };
  } catch (thrown) {
    await studio.close();
    throw thrown;
  }
};

const listen = async (app: FastifyInstance, { host, port, portFixed }: Config): Promise<string> => {
  const last = portFixed ? port : port + ATTEMPTS;
  for (let candidate = port; candidate <= last; candidate++)
    try {
      const address = await app.listen({ host, port: candidate, listenTextResolver: () => "listening" });
      return address.replace("0.0.0.0", "127.0.0.1").replace("[::]", "[::1]");
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code !== "EADDRINUSE") throw thrown;
    }
  await app.close();
  throw new StudioError(
    "port-in-use",
    portFixed ? `Port ${port} is taken by another program.` : `The ports ${port} to ${last} are all taken.`,
    "Set PORT to a free port, or stop the program that uses it.",
  );
};

const main = async (): Promise<void> => {
  if (existsSync(".env")) process.loadEnvFile(".env");
  const server = await start(loadConfig(process.env));
  process.stdout.write(`\nRecall Studio runs at ${server.url}\n\n`);
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.on(signal, () => {
      server.studio.log.info({ event: "stopping", signal }, "finishing what runs");
      server.stop().then(
        () => process.exit(0),
        (thrown: unknown) => fail(thrown),
      );
    });
};

const fail = (thrown: unknown): void => {
  const { message, hint, code } = toProblem(thrown);
  process.stderr.write(`\n${message}\n${code === "unexpected" ? ((thrown as Error).stack ?? "") : hint}\n`);
  process.exit(1);
};

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) main().catch(fail);
