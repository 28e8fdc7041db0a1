import { StudioError } from "../../domain/errors.ts";

/** A repository of the hub at one revision. */
export interface HubPlace {
  /** Without a final slash. */
  host: string;
  repo: string;
  revision: string;
}

/** What HEAD says of a file. */
export interface RemoteFile {
  bytes: number;
  /** As the last server of the redirects states it. */
  etag: string | null;
  /** SHA-256, when the hub's entity tag is one (large files have it). */
  sha256: string | null;
  /** Commit that the revision stands for. */
  commit: string | null;
}

export type Fetch = typeof fetch;

const resolveUrl = ({ host, repo, revision }: HubPlace, path: string): string =>
  `${host}/${repo}/resolve/${encodeURIComponent(revision)}/${path.split("/").map(encodeURIComponent).join("/")}`;

export const unreachable = (place: HubPlace, cause?: unknown): StudioError =>
  new StudioError(
    "hub-unreachable",
    `${place.host} could not be reached, or the connection broke too often.`,
    "Check the internet connection and try again: the download goes on where it stopped. The bundled tiny model needs no internet.",
    { cause },
  );

/** A failure that another try may heal. */
export class TransientFailure extends Error {
  constructor(
    message: string,
    readonly retryAfterMs: number | null = null,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/**
 * Asks for a file. Redirects are followed; every try starts at the hub again, since the addresses behind it expire.
 * @returns the response, or null when the repository has no such file
 * @throws TransientFailure (no connection, 408, 429, 5xx), StudioError `hub-not-found`, `hub-forbidden`, `hub-refused`
 */
export const request = async (
  fetcher: Fetch,
  place: HubPlace,
  path: string,
  init: { method: "GET" | "HEAD"; from?: number; signal?: AbortSignal },
): Promise<Response | null> => {
  let response: Response;
  try {
    response = await fetcher(resolveUrl(place, path), {
      method: init.method,
      // `bytes=N-` is the one form that browsers send to other origins without asking first.
      headers: init.from === undefined ? {} : { Range: `bytes=${init.from}-` },
      signal: init.signal,
      cache: "no-store",
    });
  } catch (cause) {
    init.signal?.throwIfAborted();
    throw new TransientFailure("no connection", null, { cause });
  }
  if (response.ok || response.status === 416) return response;
  await response.body?.cancel();
  return refusal(response, place);
};

const refusal = (response: Response, { repo, revision }: HubPlace): null => {
  const code = response.headers.get("X-Error-Code");
  const { status } = response;
  if (status === 408 || status === 429 || status >= 500) {
    const seconds = Number(response.headers.get("Retry-After"));
    throw new TransientFailure(`status ${status}`, seconds > 0 ? seconds * 1000 : null);
  }
  if (code === "RevisionNotFound")
    throw new StudioError(
      "hub-not-found",
      `${repo} has no revision ${revision}.`,
      "Check the revision, or use the default one.",
    );
  if (code === "RepoNotFound" || status === 401)
    throw new StudioError(
      "hub-not-found",
      `The hub has no model ${repo}, or it is private.`,
      "Check the name: owner/model.",
    );
  if (status === 404) return null;
  if (status === 403)
    throw new StudioError(
      "hub-forbidden",
      `The hub does not give ${repo} out without an account.`,
      "Choose a model that is open to all.",
    );
  throw new StudioError("hub-refused", `The hub answered with status ${status}.`, "Try again later.");
};

/** Size, tag, hash and commit of a file; null when the repository has none of this name. */
export const headFile = async (
  fetcher: Fetch,
  place: HubPlace,
  path: string,
  signal?: AbortSignal,
): Promise<RemoteFile | null> => {
  const response = await request(fetcher, place, path, { method: "HEAD", signal });
  if (!response) return null;
  const header = (name: string) => response.headers.get(name);
  const bytes = Number(header("X-Linked-Size") ?? header("Content-Length") ?? NaN);
  if (!Number.isSafeInteger(bytes) || bytes < 0)
    throw new StudioError(
      "hub-refused",
      "The hub does not say how large the model's weights are.",
      "Use the Hugging Face hub or a mirror that answers HEAD.",
    );
  return {
    bytes,
    etag: header("ETag"),
    sha256: sha256OfTag(header("X-Linked-ETag") ?? header("ETag")),
    commit: header("X-Repo-Commit"),
  };
};

/** Large files' entity tags are their SHA-256. */
export const sha256OfTag = (etag: string | null): string | null =>
  /^(?:W\/)?"?([0-9a-f]{64})"?$/.exec(etag ?? "")?.[1] ?? null;
