import { apiPaths } from "../../../domain/api/index.ts";
import { StudioError } from "../../../domain/errors.ts";
import { createHasher } from "../../../domain/hashing.ts";

/**
 * A file from this server's hub addresses, as it arrives; its digest is known at the end.
 * @throws StudioError `download-damaged`, `server-unreachable`
 */
export async function* fetched(
  { repo, revision, path, sha256 }: { repo: string; revision: string; path: string; sha256: string },
  ask: (address: string, signal: AbortSignal) => Promise<Response>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const hash = createHasher();
  try {
    const answer = await ask(apiPaths.hubFile(repo, revision, path), signal);
    if (!answer.ok || !answer.body) throw damaged(path);
    const reader = answer.body.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      hash.update(value);
      yield value;
    }
  } catch (thrown) {
    if (thrown instanceof StudioError || signal.aborted) throw thrown;
    throw new StudioError(
      "server-unreachable",
      "The studio's server does not answer.",
      "Check that it runs (npm start), then download it again.",
      { cause: thrown },
    );
  }
  if (hash.hex() !== sha256) throw damaged(path);
}

const damaged = (path: string): StudioError =>
  new StudioError(
    "download-damaged",
    `${path} did not arrive as the server has it; nothing was kept.`,
    "Download it again.",
  );
