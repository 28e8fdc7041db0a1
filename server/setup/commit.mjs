import { execFileSync } from "node:child_process";
import { realpathSync } from "node:fs";

/**
 * The commit of a working tree, with `-dirty` where tracked files differ from it. Null where git, or a repository of this
 * folder's own, is missing: a studio unpacked inside another project must not go by that project's commit.
 */
export const commitOf = (folder) => {
  const git = (...args) =>
    execFileSync("git", args, { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  try {
    if (realpathSync(git("rev-parse", "--show-toplevel")) !== realpathSync(folder)) return null;
    return git("describe", "--always", "--dirty", "--abbrev=40", "--exclude=*");
  } catch {
    return null; // No git, no repository, or no commit in it.
  }
};
