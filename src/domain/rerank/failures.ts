import { StudioError } from "../errors.ts";

/** A reranker that may answer later. */
export class RerankerBusy extends StudioError {
  constructor(
    status: number,
    /** What `Retry-After` asks for, in milliseconds. */
    readonly afterMs: number | null,
  ) {
    super("rerank-busy", `The reranker has too much to do (status ${status}).`, "Wait and try again.");
  }
}

export const rerankUnreachable = (cause: unknown): StudioError =>
  new StudioError(
    "rerank-unreachable",
    "The reranker does not answer.",
    "Start the program that serves it, and check host and port of its address.",
    { cause },
  );

export const rerankRefused = (status: number): StudioError =>
  new StudioError(
    "rerank-refused",
    `The reranker refused a request with status ${status}.`,
    status === 401 || status === 403
      ? "Check its key."
      : "Check the name of its model, that /rerank follows its address, and which form it speaks (tei or cohere).",
  );

export const rerankInvalid = (): StudioError =>
  new StudioError(
    "rerank-invalid",
    "The reranker did not give one finite score for each passage.",
    "Check that its address is that of a reranker, and which form it speaks (tei or cohere).",
  );

export const rerankNoJson = (): StudioError =>
  new StudioError(
    "rerank-invalid",
    "The reranker did not answer with JSON.",
    "Check that its address is that of a reranker, and not of a page or a proxy's sign-in before it.",
  );

export const rerankAddress = (): StudioError =>
  new StudioError(
    "rerank-address",
    "The reranker's address is not an http(s) address.",
    "Give an address such as http://127.0.0.1:8080; a key does not belong into it.",
  );
