import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { GENERAL_SET, generalSetMissing } from "../../src/domain/retention/index.ts";
import { PROJECT_ROOT } from "../lib/project.ts";

/** Where it lies in the project, and in an image, which holds the built page alone. */
const PLACES = ["public", "dist"].map((folder) => join(PROJECT_ROOT, folder, GENERAL_SET.path));

/** The file of the general set. @throws StudioError `general-set-damaged` where it is missing */
export const generalSetBytes = (): Uint8Array => {
  const file = PLACES.find((path) => existsSync(path));
  if (file === undefined) throw generalSetMissing();
  return new Uint8Array(readFileSync(file));
};
