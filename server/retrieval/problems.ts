import { HttpProblem } from "../lib/httpProblem.ts";

const problem = (status: number, code: string, message: string, hint: string) =>
  new HttpProblem(status, { code, message, hint }, status === 503 ? { "retry-after": "5" } : {});

export const collectionMissing = () =>
  problem(
    409,
    "collection-missing",
    "The documents have not been embedded with this model.",
    "Have them embedded with it first, then search again.",
  );
export const collectionBuilding = () =>
  problem(
    409,
    "collection-building",
    "The documents are still being embedded with this model.",
    "Search again when that job is done.",
  );
export const collectionModelMissing = () =>
  problem(
    503,
    "collection-model-missing",
    "The model of the present collection is not on this server; a new collection is being built.",
    "Search again when that job is done.",
  );
