import { createHash } from "node:crypto";
import type { FolderFile } from "../src/domain/artifact/index.ts";
import type { Studio } from "./studio.ts";

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("base64");

/** Registers an artifact as a program does, with the server's token. @returns its version */
export const register = async (studio: Studio, files: readonly FolderFile[], token: string): Promise<string> => {
  const call = async (path: string, init: RequestInit): Promise<unknown> => {
    const headers = { authorization: `Bearer ${token}`, ...(init.headers as Record<string, string> | undefined) };
    const response = await fetch(`${studio.url}/api/registry/uploads${path}`, { ...init, headers });
    if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
    return response.json();
  };
  const announced = { by: "a program", files: files.map(({ path, bytes }) => ({ path, bytes: bytes.length })) };
  const json = { "content-type": "application/json" };
  const { id } = (await call("", { method: "POST", headers: json, body: JSON.stringify(announced) })) as { id: string };
  for (const { path, bytes } of files)
    await call(`/${id}/files/${path}`, {
      method: "PUT",
      headers: { "content-type": "application/octet-stream", "content-digest": `sha-256=:${sha256(bytes)}:` },
      body: new Uint8Array(bytes),
    });
  return ((await call(`/${id}/commit`, { method: "POST" })) as { version: { version: string } }).version.version;
};
