import type { Logger } from "pino";
import type { Config } from "../config/config.ts";
import { createLog } from "../telemetry/logs.ts";

/** Log lines as objects, in memory. */
export const memoryLog = (
  logLevel: Config["logLevel"] = "debug",
): { log: Logger; lines: Record<string, unknown>[] } => {
  const lines: Record<string, unknown>[] = [];
  const write = (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>);
  const log = createLog({ logLevel, logPretty: false }, { write });
  return { log, lines };
};
