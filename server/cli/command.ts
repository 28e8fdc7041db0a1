import { realpathSync } from "node:fs";
import { pathToFileURL } from "node:url";

/**
 * Whether Node was started with this file: a command runs then, and not where a test imports it.
 *
 * @param url the file's `import.meta.url`
 */
export const isStarted = (url: string): boolean => {
  const started = process.argv[1];
  return started !== undefined && pathToFileURL(realpathSync(started)).href === url;
};
