import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A request as it came. */
interface Call {
  method: string;
  path: string;
  token: string | null;
}

/** What it is told to do to the next requests whose path begins so. */
interface Fault {
  path: string;
  /** A status, or the connection is cut. */
  status: number | "cut";
  times: number;
}

/** A hub that takes commits as huggingface.co does: pre-upload, LFS batch with plain uploads, NDJSON commit. */
export class CommitHub {
  readonly calls: Call[] = [];
  readonly faults: Fault[] = [];
  /** Stored objects by SHA-256. */
  readonly objects = new Map<string, Buffer>();
  /** Files of `main` by repository. */
  readonly repos = new Map<string, { sha: string; private: boolean; files: Map<string, Buffer> }>();
  readonly #server = createServer((request, response) => void this.#answer(request, response));
  url = "";

  constructor(private readonly token: string) {}

  async open(): Promise<this> {
    await new Promise<void>((ready) => this.#server.listen(0, "127.0.0.1", ready));
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    return this;
  }

  close(): Promise<void> {
    this.#server.closeAllConnections();
    return new Promise((done) => this.#server.close(() => done()));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = decodeURIComponent(new URL(request.url ?? "", "http://hub").pathname);
    const token = /^Bearer (.*)$/.exec(request.headers.authorization ?? "")?.[1] ?? null;
    this.calls.push({ method: request.method ?? "", path, token });
    const json = (status: number, body: unknown) =>
      void response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    const fault = this.faults.find((one) => one.times > 0 && path.startsWith(one.path));
    if (fault) {
      fault.times--;
      if (fault.status === "cut") return void request.socket.destroy();
      return json(fault.status, { error: "It says so." });
    }
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    // Storage is reached by signed addresses, without the token.
    const stored = /^\/storage\/([0-9a-f]{64})$/.exec(path)?.[1];
    if (stored) {
      if (createHash("sha256").update(body).digest("hex") !== stored) return json(400, { error: "Other bytes." });
      this.objects.set(stored, body);
      return void response.writeHead(200, { etag: stored }).end();
    }
    if (token !== this.token) return json(401, { error: "Invalid credentials." });
    if (path === "/api/repos/create") {
      const asked = JSON.parse(body.toString()) as { name: string; organization: string; visibility: string };
      const name = `${asked.organization}/${asked.name}`;
      if (this.repos.has(name)) return json(409, { error: "You already created this model repo." });
      this.repos.set(name, { sha: "0".repeat(40), private: asked.visibility === "private", files: new Map() });
      return json(200, { url: `${this.url}/${name}`, id: name });
    }
    const name = /^\/(?:api\/models\/)?([\w.-]+\/[\w.-]+?)(?:\.git)?(?:\/|$)/.exec(path)?.[1] ?? "";
    const repo = this.repos.get(name);
    if (!repo) return json(404, { error: "Repository not found" });
    const rest = path.slice(path.indexOf(name) + name.length);
    if (rest === "" || rest.startsWith("/revision/"))
      return json(200, {
        _id: "1",
        id: name,
        modelId: name,
        sha: repo.sha,
        private: repo.private,
        lastModified: "2026-11-28T00:00:00Z",
        gated: false,
        likes: 0,
        downloads: 0,
      });
    if (rest === "/preupload/main") {
      const { files } = JSON.parse(body.toString()) as { files: { path: string; size: number }[] };
      return json(200, {
        files: files.map((file) => ({
          path: file.path,
          uploadMode: file.path.endsWith(".safetensors") ? "lfs" : "regular",
        })),
      });
    }
    if (rest === ".git/info/lfs/objects/batch") {
      const { objects } = JSON.parse(body.toString()) as { objects: { oid: string; size: number }[] };
      return json(200, {
        transfer: "basic",
        objects: objects.map(({ oid, size }) => ({
          oid,
          size,
          ...(this.objects.has(oid)
            ? {}
            : { actions: { upload: { href: `${this.url}/storage/${oid}?signature=abc` } } }),
        })),
      });
    }
    if (rest === "/commit/main") return this.#commit(repo, body, json);
    return json(404, { error: "No such route." });
  }

  #commit(
    repo: { sha: string; files: Map<string, Buffer> },
    body: Buffer,
    json: (status: number, body: unknown) => void,
  ): void {
    const lines = body
      .toString()
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { key: string; value: Record<string, string> });
    const header = lines.find(({ key }) => key === "header")?.value;
    if (header?.parentCommit !== repo.sha) return json(412, { error: "A commit has happened since." });
    const staged = new Map(repo.files);
    for (const { key, value } of lines) {
      if (key === "file") staged.set(value.path!, Buffer.from(value.content!, value.encoding as BufferEncoding));
      if (key === "lfsFile") {
        const object = this.objects.get(value.oid!);
        if (!object) return json(400, { error: "An object is missing." });
        staged.set(value.path!, object);
      }
    }
    repo.files = staged;
    repo.sha = createHash("sha1").update(body).digest("hex");
    json(200, { success: true, commitOid: repo.sha, commitUrl: `${this.url}/commit/${repo.sha}`, hookOutput: "" });
  }
}
