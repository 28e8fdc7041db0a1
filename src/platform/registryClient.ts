import { hexToBytes } from "@noble/hashes/utils.js";
import { z } from "zod";
import {
  apiPaths,
  changeResponseSchema,
  commitResponseSchema,
  eventListSchema,
  gateReportSchema,
  modelDetailSchema,
  modelListSchema,
  publishedSchema,
  uploadedFileSchema,
  uploadSchema,
} from "../domain/api/index.ts";
import { sha256Hex } from "../domain/hashing.ts";
import type { RegistryClient, UploadMemory } from "../app/registry/ports.ts";
import { callApi, getBytes, putBytes } from "./apiClient.ts";

/** The registry over HTTP, at the page's own origin. */
const clientWithin = (traceparent?: string): RegistryClient => {
  const post = { method: "POST", traceparent } as const;
  return {
    within: clientWithin,
    checkToken: async () => {
      await callApi(z.unknown(), apiPaths.token, post);
    },
    list: () => callApi(modelListSchema, apiPaths.versions),
    detail: (version) => callApi(modelDetailSchema, apiPaths.version(version)),
    gate: (version) => callApi(gateReportSchema, apiPaths.gate(version)),
    events: (before) => callApi(eventListSchema, `${apiPaths.events}?limit=50${before ? `&before=${before}` : ""}`),
    promote: (version, json) => callApi(changeResponseSchema, apiPaths.promote(version), { ...post, json }),
    rollBack: (json) => callApi(changeResponseSchema, apiPaths.rollback, { ...post, json }),
    archive: (version, json) => callApi(changeResponseSchema, apiPaths.archive(version), { ...post, json }),
    restore: (version, json) => callApi(changeResponseSchema, apiPaths.restore(version), { ...post, json }),
    createUpload: (json) => callApi(uploadSchema, apiPaths.uploads, { ...post, json }),
    upload: (id) => callApi(uploadSchema, apiPaths.upload(id), { traceparent }),
    putFile: async (id, path, bytes, onProgress, signal) => {
      const digest = await digestOf(bytes);
      return putBytes(
        uploadedFileSchema,
        apiPaths.uploadFile(id, path),
        bytes,
        digest,
        onProgress,
        signal,
        traceparent,
      );
    },
    file: (repo, version, path) =>
      getBytes(`/${repo}/resolve/${version}/${path.split("/").map(encodeURIComponent).join("/")}`),
    commit: (id) => callApi(commitResponseSchema.or(uploadSchema), apiPaths.uploadCommit(id), { ...post, json: {} }),
    publish: (version, json) => callApi(publishedSchema, apiPaths.publish(version), { ...post, json }),
    abandon: async (id) => {
      await callApi(z.unknown(), apiPaths.upload(id), { method: "DELETE", traceparent });
    },
  };
};
export const registryClient: RegistryClient = clientWithin();

/** SHA-256; `crypto.subtle` is missing on plain HTTP from another machine. */
const digestOf = async (bytes: Uint8Array): Promise<Uint8Array> =>
  globalThis.crypto.subtle
    ? new Uint8Array(await crypto.subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>))
    : hexToBytes(sha256Hex(bytes));

const UPLOADS = "recall-studio.uploads";
const readUploads = (): Record<string, string> => {
  const known = z.record(z.string(), z.string()).safeParse(JSON.parse(localStorage.getItem(UPLOADS) ?? "{}"));
  return known.success ? known.data : {};
};

/** Unfinished uploads in local storage: run id to upload id. */
export const uploadMemory: UploadMemory = {
  get: (runId) => readUploads()[runId] ?? null,
  set(runId, uploadId) {
    const { [runId]: _, ...others } = readUploads();
    localStorage.setItem(UPLOADS, JSON.stringify(uploadId === null ? others : { ...others, [runId]: uploadId }));
  },
};

/** Resolves after so many seconds, rejects when the signal aborts. */
export const waitSeconds = (seconds: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", stop);
      resolve();
    }, seconds * 1000);
    signal.addEventListener("abort", stop, { once: true });
  });
