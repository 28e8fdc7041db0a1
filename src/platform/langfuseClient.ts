import {
  langfuseDatasetsSchema,
  langfuseLineSchema,
  langfusePaths,
  langfusePreviewSchema,
  langfuseScoresSchema,
} from "../domain/api/index.ts";
import type { LangfuseClient } from "../app/imports/ports.ts";
import { callApi, streamLines } from "./apiClient.ts";

/** Langfuse through the studio's server, which has the keys. */
export const langfuseClient: LangfuseClient = {
  datasets: () => callApi(langfuseDatasetsSchema, langfusePaths.datasets),
  scores: (from, to) => callApi(langfuseScoresSchema, `${langfusePaths.scores}?${new URLSearchParams({ from, to })}`),
  preview: (json, signal) => callApi(langfusePreviewSchema, langfusePaths.preview, { method: "POST", json, signal }),
  pairs: (json, signal) => streamLines(langfuseLineSchema, langfusePaths.pairs, json, signal),
};
