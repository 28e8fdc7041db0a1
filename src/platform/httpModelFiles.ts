import { StudioError } from "../domain/errors.ts";
import type { ModelFiles } from "../domain/modelFiles.ts";

/** Files that some folders of the hub have and no bundled base has: to ask for them would be refused in the console. */
const NOT_BUNDLED = new Set(["added_tokens.json", "vocab.json", "merges.txt"]);

/** A bundled base as the studio's own server gives it: `/base/{name}/{file}`, with ranges. */
export const httpModelFiles = (name: string, origin: string = globalThis.location.origin): ModelFiles => {
  const urlOf = (path: string): URL => new URL(`/base/${encodeURIComponent(name)}/${path}`, origin);
  const sizes = new Map<string, Promise<number | null>>();
  const sizeOf = async (path: string): Promise<number | null> => {
    const response = await ask(urlOf(path), { method: "HEAD" });
    if (response.status === 404) return null;
    const length = response.headers.get("content-length");
    // A page server that knows no such file may answer with its start page.
    if (response.headers.get("content-type")?.startsWith("text/html")) return null;
    if (!response.ok || length === null) throw refused(path, response.status);
    return Number(length);
  };
  return {
    id: name,
    revision: "bundled",
    size(path) {
      if (NOT_BUNDLED.has(path)) return Promise.resolve(null);
      const known = sizes.get(path) ?? sizeOf(path);
      sizes.set(path, known);
      known.catch(() => sizes.delete(path));
      return known;
    },
    async read(path, start, end, signal) {
      const ranged = start !== undefined || end !== undefined;
      const range = `bytes=${start ?? 0}-${end === undefined ? "" : end - 1}`;
      const response = await ask(urlOf(path), { signal, ...(ranged && { headers: { range } }) });
      if (!response.ok) throw refused(path, response.status);
      const bytes = new Uint8Array(await response.arrayBuffer());
      return ranged && response.status === 200 ? bytes.subarray(start ?? 0, end) : bytes;
    },
    sha256: async () => null,
  };
};

const ask = async (url: URL, init: RequestInit): Promise<Response> => {
  try {
    return await fetch(url, init);
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === "AbortError") throw cause;
    throw new StudioError(
      "server-unreachable",
      "The studio's server does not answer.",
      "Start it with npm start, then try again.",
      { cause },
    );
  }
};

const refused = (path: string, status: number): StudioError =>
  new StudioError(
    "base-unreadable",
    `The server did not give ${path} of the base model (HTTP ${status}).`,
    "Check the server's messages, then try again.",
  );
