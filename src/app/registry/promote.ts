import type { CommitResponse, ModelVersion } from "../../domain/api/index.ts";
import { fromProblem, StudioError, toProblem, type Problem } from "../../domain/errors.ts";
import type { ArtifactFile } from "../../worker/engine/protocol.ts";
import { eventQueue } from "../eventQueue.ts";
import type { RegistryClient, UploadMemory } from "./ports.ts";

/** What happens while an artifact goes to the registry. */
export type UploadEvent =
  | { type: "sending"; file: string; sentBytes: number; totalBytes: number }
  /** The server did not take it; the same file is tried again. */
  | { type: "waiting"; problem: Problem; seconds: number; attempt: number }
  | { type: "checking" }
  /** The server measures what it imports; counted in texts. */
  | { type: "measuring"; done: number; total: number }
  | { type: "registered"; version: ModelVersion; created: boolean };

export interface UploadPorts {
  client: RegistryClient;
  memory: UploadMemory;
  /** Resolves after so many seconds, rejects when the signal aborts. */
  wait(seconds: number, signal: AbortSignal): Promise<void>;
}

/** Between two looks at a server that measures. */
const LOOK_SECONDS = 1;
/** Pauses before another attempt at the same request. */
const RETRY_SECONDS = [1, 2, 4] as const;
/** Failures that pass by themselves; every other one is the artifact's or the person's to solve. */
const PASSING = new Set([
  "server-unreachable",
  "rate-limited",
  "upload-stalled",
  "upload-truncated",
  "digest-mismatch",
]);

/**
 * Sends an artifact folder file by file and has the registry check and register it. What the server already has of an
 * earlier attempt is not sent again. Aborting gives up the upload on the server too; any other failure keeps it, so that
 * a later call goes on.
 * @throws StudioError the registry's refusal, or `server-unreachable` after all attempts
 */
export async function* uploadArtifact(
  runId: string,
  fingerprint: string | undefined,
  files: readonly ArtifactFile[],
  { client, memory, wait }: UploadPorts,
  signal: AbortSignal,
): AsyncIterable<UploadEvent> {
  const events = eventQueue<UploadEvent>();
  const persistently = async <T>(task: () => Promise<T>): Promise<T> => {
    for (let attempt = 0; ; attempt++) {
      signal.throwIfAborted();
      try {
        return await task();
      } catch (thrown) {
        const problem = toProblem(thrown);
        const seconds = RETRY_SECONDS[attempt];
        if (seconds === undefined || !PASSING.has(problem.code)) throw thrown;
        events.push({ type: "waiting", problem, seconds, attempt: attempt + 1 });
        await wait(seconds, signal);
      }
    }
  };

  const begin = async () => {
    const known = memory.get(runId);
    if (known !== null)
      try {
        const upload = await persistently(() => client.upload(known));
        if (sameFiles(upload.files, files)) return upload;
      } catch (thrown) {
        if (toProblem(thrown).code !== "upload-unknown") throw thrown;
      }
    const upload = await persistently(() =>
      client.createUpload({ fingerprint, files: files.map(({ path, bytes }) => ({ path, bytes: bytes.byteLength })) }),
    );
    memory.set(runId, upload.existing ? null : upload.id);
    return upload;
  };

  /** What became of a commit, of one that measures first as soon as that has ended. */
  const committed = async (id: string): Promise<CommitResponse> => {
    let answer = await persistently(() => client.commit(id));
    while (!("version" in answer)) {
      const { progress, result, problem } = answer.measuring ?? { progress: null, result: null, problem: null };
      if (problem) throw fromProblem(problem);
      if (result) return result;
      if (progress) events.push({ type: "measuring", ...progress });
      await wait(LOOK_SECONDS, signal);
      answer = await persistently(() => client.upload(id));
    }
    return answer;
  };

  const send = async () => {
    const upload = await begin();
    if (upload.existing) {
      events.push({ type: "registered", version: upload.existing, created: false });
      return;
    }
    const there = new Set(upload.files.filter(({ received }) => received).map(({ path }) => path));
    const totalBytes = files.reduce((sum, { bytes }) => sum + bytes.byteLength, 0);
    let doneBytes = 0;
    try {
      for (const { path, bytes } of files) {
        if (!there.has(path))
          await persistently(() =>
            client.putFile(
              upload.id,
              path,
              bytes,
              (sent) => events.push({ type: "sending", file: path, sentBytes: doneBytes + sent, totalBytes }),
              signal,
            ),
          );
        doneBytes += bytes.byteLength;
        events.push({ type: "sending", file: path, sentBytes: doneBytes, totalBytes });
      }
      signal.throwIfAborted();
      events.push({ type: "checking" });
      const { version, created } = await committed(upload.id);
      memory.set(runId, null);
      events.push({ type: "registered", version, created });
    } catch (thrown) {
      if (signal.aborted) {
        memory.set(runId, null);
        // The server forgets an upload by itself after a while; nothing of it is visible before that.
        await client.abandon(upload.id).catch(() => undefined);
        throw fromProblem(toProblem(signal.reason));
      }
      throw thrown;
    }
  };
  const work = async () => {
    try {
      await send();
    } catch (thrown) {
      if (toProblem(thrown).code !== "upload-unknown") throw thrown;
      // The server was started anew while files were on their way: it knows nothing of them.
      memory.set(runId, null);
      await send();
    }
  };
  const task = work().finally(() => events.close());
  // Awaited below, once every event was taken.
  task.catch(() => undefined);
  yield* events;
  await task;
}

const sameFiles = (announced: readonly { path: string; bytes: number }[], files: readonly ArtifactFile[]): boolean =>
  announced.length === files.length &&
  files.every(({ path, bytes }) => announced.some((one) => one.path === path && one.bytes === bytes.byteLength));

/** The files of a run's artifact, or why there is nothing to upload. */
export const requireArtifact = (files: ArtifactFile[]): ArtifactFile[] => {
  if (files.length === 0)
    throw new StudioError(
      "artifact-missing",
      "The artifact of this run is not stored in this browser any more.",
      "Train again, or take the version from the list if it was uploaded before.",
    );
  return files;
};
