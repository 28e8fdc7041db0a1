import { StudioError } from "../../domain/errors.ts";
import { inNode } from "./node-gpu.ts";

/** A `.wgsl` file beside the TypeScript that runs it. */
export interface ShaderFile {
  readonly url: URL;
  /** Empty until `loadShaders` has run. */
  text: string;
}

const files: ShaderFile[] = [];

/**
 * Declares a shader file: `shaderFile(new URL("./x.wgsl?no-inline", import.meta.url))`. Bundlers see that form and ship the file
 * (`no-inline` keeps it a file, so that a strict content security policy need not allow `data:`); Node reads it from disk.
 */
export const shaderFile = (url: URL): ShaderFile => {
  const file = { url, text: "" };
  files.push(file);
  return file;
};

const read = async (url: URL): Promise<string> => {
  if (inNode()) {
    const name = "node:fs/promises"; // a variable, so that bundlers for the browser leave it alone
    const { readFile } = (await import(/* @vite-ignore */ name)) as typeof import("node:fs/promises");
    return readFile(new URL(url.pathname, "file:"), "utf8");
  }
  const response = await fetch(url);
  if (!response.ok)
    throw new StudioError(
      "studio-incomplete",
      `The shader ${url.pathname} could not be loaded (HTTP ${response.status}).`,
      "Reload the page; if it stays, reinstall the studio.",
    );
  return response.text();
};

/** Loads every declared shader once. */
export const loadShaders = async (): Promise<void> => {
  await Promise.all(
    files
      .filter((file) => file.text === "")
      .map(async (file) => {
        file.text = await read(file.url);
      }),
  );
};
