import { join } from "node:path";

/** Where a file with forward slashes in its name, as artifacts and the hub write it, lies below a folder. */
export const inFolder = (folder: string, path: string): string => join(folder, ...path.split("/"));
