import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Folder of package.json. */
export const PROJECT_ROOT = fileURLToPath(new URL("../..", import.meta.url));

const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
  version: string;
};

/** Of package.json. */
export const VERSION = version;
