import { z } from "zod";
import type { ExportsClient } from "../app/forms/ports.ts";
import { apiPaths, versionExportSchema } from "../domain/api/index.ts";
import { callApi } from "./apiClient.ts";

/** Forms of registered versions over HTTP, at the page's own origin. */
export const exportsClient: ExportsClient = {
  start: (version, json) => callApi(versionExportSchema, apiPaths.exports(version), { method: "POST", json }),
  one: (version, id) => callApi(versionExportSchema, apiPaths.export(version, id)),
  remove: async (version, id) => {
    await callApi(z.unknown(), apiPaths.export(version, id), { method: "DELETE" });
  },
};
