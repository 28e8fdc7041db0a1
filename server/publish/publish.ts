import { pathToFileURL } from "node:url";
import { commitIter, createRepo, HubApiError, modelInfo } from "@huggingface/hub";
import { StudioError } from "../../src/domain/errors.ts";
import { retry, TransientFailure } from "../lib/retry.ts";
import type { Secret } from "../lib/secret.ts";
import { hubProblem, passes } from "./hubProblem.ts";

/** Where the hub is, unless HF_ENDPOINT says otherwise. */
export const HUB_URL = "https://huggingface.co";

export interface PublishRequest {
  /** `owner/name`; made where it is not there. */
  repo: string;
  /** Of a repository that is made. */
  isPrivate: boolean;
  /** Files by their path in the repository. */
  files: readonly { path: string; absolute: string }[];
  title: string;
  token: Secret;
  hubUrl: string;
  signal?: AbortSignal;
  /** How a pause between two attempts is made. */
  wait?: (milliseconds: number) => Promise<void>;
}

export interface Published {
  url: string;
  /** The commit. */
  commit: string;
}

/** Attempts at the whole; what has arrived is not sent again. */
const ATTEMPTS = 4;

/**
 * Uploads a folder to a model repository of the hub in one commit: others see all of it, or nothing. What fails by the network or
 * by a busy hub is tried again. A branch that somebody else moved meanwhile is not overwritten.
 * @param onProgress told of each file: its path and the share that is done
 * @throws StudioError `hub-unauthorized`, `hub-forbidden`, `hub-conflict`, `hub-refused`, `hub-unreachable`, `hub-busy`
 */
export const publish = async (
  { repo, isPrivate, files, title, token, hubUrl, signal, wait }: PublishRequest,
  onProgress: (path: string, share: number) => void = () => undefined,
): Promise<Published> => {
  const at = { repo: { type: "model" as const, name: repo }, hubUrl, accessToken: token.reveal() };
  const attempt = async (): Promise<Published> => {
    try {
      const parent = await headOf(at, isPrivate);
      const commit = commitIter({
        ...at,
        title,
        parentCommit: parent,
        operations: files.map(({ path, absolute }) => ({
          operation: "addOrUpdate",
          path,
          content: pathToFileURL(absolute),
        })),
        // Chunks shared between repositories would be sent once; the plain way is the one that is tested.
        useXet: false,
        abortSignal: signal,
      });
      for (;;) {
        const { done, value } = await commit.next();
        if (done) {
          if (!value)
            throw new StudioError(
              "hub-refused",
              "The hub has not named the commit.",
              "Look at the repository, then try again.",
            );
          return { url: `${hubUrl}/${repo}`, commit: value.commit.oid };
        }
        if (value.event === "fileProgress") onProgress(value.path, value.state === "uploading" ? value.progress : 0);
      }
    } catch (thrown) {
      signal?.throwIfAborted();
      const problem = hubProblem(thrown, repo, hubUrl);
      throw passes(problem) ? new TransientFailure(problem.message, null, { cause: problem }) : problem;
    }
  };
  return retry(attempt, {
    attempts: ATTEMPTS,
    first: 1000,
    longest: 10_000,
    ...(signal && { signal }),
    ...(wait && { wait }),
  }).catch((thrown: unknown) => {
    if (thrown instanceof TransientFailure && thrown.cause instanceof StudioError) throw thrown.cause;
    throw thrown instanceof StudioError ? thrown : hubProblem(thrown, repo, hubUrl);
  });
};

interface At {
  repo: { type: "model"; name: string };
  hubUrl: string;
  accessToken: string;
}

/** The commit of `main`, of a repository that is made where it is not there. */
const headOf = async (at: At, isPrivate: boolean): Promise<string | undefined> => {
  const head = async (): Promise<string> =>
    (await modelInfo({ ...at, name: at.repo.name, additionalFields: ["sha"] })).sha;
  try {
    return await head();
  } catch (thrown) {
    // The hub says 404 of what is not there, 401 of what the token may not see.
    if (!(thrown instanceof HubApiError) || thrown.statusCode !== 404) throw thrown;
  }
  try {
    await createRepo({ ...at, visibility: isPrivate ? "private" : "public" });
  } catch (thrown) {
    // Made by another request meanwhile.
    if (!(thrown instanceof HubApiError) || thrown.statusCode !== 409) throw thrown;
  }
  return head();
};
