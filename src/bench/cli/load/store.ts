import { monitorEventLoopDelay } from "node:perf_hooks";
import { sql } from "drizzle-orm";
import type { Secret } from "../../../../server/lib/secret.ts";
import { openDatabase, VectorStore } from "../../../../server/vectors/index.ts";
import { present } from "../../../domain/present.ts";
import { quantile } from "../../../domain/quantile.ts";
import { mb, row } from "./table.ts";
import { clusteredVectors, randomVectors } from "./vectors.ts";

/** The store alone: exact search and HNSW on the same vectors. */
export const measureStore = async (
  where: { folder: string; url: Secret | null },
  sizes: number[],
  dimension: number,
  kind: "clustered" | "random",
) => {
  const database = await openDatabase(where);
  const store = new VectorStore(database);
  const vector = (kind === "random" ? randomVectors : clusteredVectors)(dimension);
  const id = (kind === "random" ? "ab" : "cd").repeat(32);
  await store.collections.build({ id, modelId: kind, modelVersion: null, dimension });
  await store.collections.activate(id);
  const collection = present(await store.collections.active(), "active collection");
  console.log(`\n${store.kind} store, ${kind} vectors of ${dimension} dimensions, k = 10\n`);
  row(
    "passages",
    "vectors/s in",
    "exact p50 ms",
    "exact p95 ms",
    "HNSW p50 ms",
    "HNSW p95 ms",
    "recall@10",
    "build s",
    "longest hold ms",
    "vectors/s kept up",
    "RSS",
  );
  row(...Array.from({ length: 11 }, () => "---:"));
  let held = 0;
  /** Adds passages up to a size. @returns how many a second */
  const fill = async (size: number): Promise<number> => {
    const started = performance.now();
    const before = held; // vectors there already
    while (held < size) {
      const count = Math.min(100, size - held);
      const pieces = Array.from({ length: count }, (_, ordinal) => ({
        ordinal,
        text: `passage ${held + ordinal}`,
        tokens: 3,
        vectors: new Map([[id, vector()]]),
      }));
      await store.putDocument(
        { id: `${kind}-${held}`, contentHash: "x", title: "", mediaType: "text/plain", text: "", metadata: {} },
        pieces,
      );
      held += count;
    }
    return ((size - before) / (performance.now() - started)) * 1000;
  };
  for (const size of sizes) {
    const inserted = await fill(size);
    const queries = Array.from({ length: 60 }, vector);
    const run = async (exact: boolean) => {
      const times: number[] = [];
      const found: Set<string>[] = [];
      for (const query of queries) {
        const at = performance.now();
        const { hits } = await store.nearest.search({ collection, query, k: 10, exact });
        times.push(performance.now() - at);
        found.push(new Set(hits.map(({ documentId, ordinal }) => `${documentId}#${ordinal}`)));
      }
      return { times, found };
    };
    const exact = await run(true);
    const building = performance.now();
    const delay = monitorEventLoopDelay({ resolution: 10 });
    delay.enable();
    await store.nearest.index(id, 1);
    delay.disable();
    const built = (performance.now() - building) / 1000;
    const near = await run(false);
    const keptUp = await fill(held + 1000);
    // The next size is filled without the upkeep of an index, as a store below the threshold is.
    await database.sql.execute(sql.raw(`DROP INDEX "hnsw_${id.slice(0, 40)}"`));
    const recall =
      exact.found.reduce(
        (sum, set, i) => sum + [...set].filter((key) => near.found[i]?.has(key)).length / set.size,
        0,
      ) / queries.length;
    row(
      size,
      inserted.toFixed(0),
      quantile(exact.times, 0.5).toFixed(1),
      quantile(exact.times, 0.95).toFixed(1),
      quantile(near.times, 0.5).toFixed(1),
      quantile(near.times, 0.95).toFixed(1),
      recall.toFixed(3),
      built.toFixed(1),
      (delay.max / 1e6).toFixed(0),
      keptUp.toFixed(0),
      mb(process.memoryUsage().rss),
    );
  }
  await database.close();
};
