/** Test support: the store's scenario, in a worker because sync access handles exist only there. */
import { toProblem } from "../../domain/errors.ts";
import { sha256Hex } from "../../domain/hashing.ts";
import { present } from "../../domain/present.ts";
import { listCachedModels, openHubModel, opfsStore, removeCachedModel } from "./index.ts";

const REPO = "someone/nano";
const COMMIT = "0123456789abcdef0123456789abcdef01234567";
/** The fixture's files under the hub's addresses; the first answers for the weights break off. */
const hubOver =
  (folder: string, cuts: number[]): typeof fetch =>
  async (input, init) => {
    const path = present(/\/resolve\/[0-9a-f]+\/(.+)$/.exec(String(input))?.[1], "path of a file");
    const known = ["config.json", "tokenizer.json", "tokenizer_config.json", "model.safetensors"];
    if (!known.includes(path)) return new Response(null, { status: 404, headers: { "X-Error-Code": "EntryNotFound" } });
    const bytes = new Uint8Array(await (await fetch(`${folder}/${path}`)).arrayBuffer());
    const from = Number(/bytes=(\d+)-/.exec(new Headers(init?.headers).get("Range") ?? "")?.[1] ?? 0);
    const headers = {
      ETag: `"${sha256Hex(bytes)}"`,
      "Content-Length": String(bytes.length),
      "Content-Range": `bytes ${from}-${bytes.length - 1}/${bytes.length}`,
    };
    if (init?.method === "HEAD") return new Response(null, { headers });
    const cut = path === "model.safetensors" ? cuts.shift() : undefined;
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(bytes.slice(from, cut === undefined ? undefined : from + cut));
        if (cut === undefined) controller.close();
      },
      pull(controller) {
        controller.error(new TypeError("network error"));
      },
    });
    return new Response(body, { status: from > 0 ? 206 : 200, headers });
  };

const scenario = async (folder: string) => {
  const store = opfsStore(`hub-test-${crypto.randomUUID()}`);
  const seen: number[] = [];
  const base = { repo: REPO, revision: COMMIT, store, retry: { tries: 2, firstDelayMs: 1 } };
  const failed = await openHubModel({ ...base, fetcher: hubOver(folder, [100_000, 0, 0, 0]) }).then(
    () => null,
    toProblem,
  );
  const partial = await listCachedModels(store);
  const model = await openHubModel({
    ...base,
    fetcher: hubOver(folder, [50_000]),
    onProgress: (done) => seen.push(done),
  });
  const bytes = await model.read("model.safetensors");
  const offline = await openHubModel({ ...base, fetcher: () => Promise.reject(new TypeError("offline")) });
  const range = await offline.read("model.safetensors", 1000, 1010);
  const complete = await listCachedModels(store);
  // A second writer of the same file is told, not mixed in.
  const first = await store.append("busy");
  const busy = await store.append("busy").then(() => null, toProblem);
  first.close();
  await removeCachedModel(store, REPO, COMMIT);
  return {
    failed: failed?.code,
    partial,
    sha256: [sha256Hex(bytes), await model.sha256("model.safetensors")],
    range: [...range].join() === [...bytes.slice(1000, 1010)].join(),
    firstSeen: seen[0],
    complete,
    busy: busy?.code,
    left: await listCachedModels(store),
  };
};

self.onmessage = ({ data }: MessageEvent<string>) => {
  scenario(data).then(
    (result) => self.postMessage({ result }),
    (error: unknown) => self.postMessage({ error: String(error) }),
  );
};
