/** Test support: a listening server with one version in production and one that waits. Never imported by product code. */
import type { ModelVersion } from "../../src/domain/api/index.ts";
import type { FolderFile } from "../../src/domain/artifact/index.ts";
import { bytesOf, sampleArtifact } from "./artifact.ts";
import { TINY } from "./folder.ts";
import { testServer, type TestServer } from "./server.ts";
import { promote, register } from "./upload.ts";

export const REPO = `recall-studio/${TINY}-tuned`;

export interface TestHub {
  server: TestServer;
  url: string;
  /** Of the version in production, as they were sent. */
  files: FolderFile[];
  first: ModelVersion;
  second: ModelVersion;
  bytesOf(path: string): Uint8Array;
  /** Address of a file. */
  at(path: string, revision?: string, repo?: string): string;
}

export const testHub = async (): Promise<TestHub> => {
  const server = await testServer();
  const files = await sampleArtifact({ seed: 1 });
  const first = await register(server.app, files);
  const second = await register(server.app, await sampleArtifact({ seed: 2 }));
  await promote(server.app, first.version);
  const url = await server.app.listen({ port: 0, host: "127.0.0.1" });
  return {
    server,
    url,
    files,
    first,
    second,
    bytesOf: (path) => bytesOf(files, path),
    at: (path, revision = "main", repo = REPO) => `${url}/${repo}/resolve/${revision}/${path}`,
  };
};
