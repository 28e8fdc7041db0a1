import { sql } from "drizzle-orm";
import type { Secret } from "../../../../server/lib/secret.ts";
import { rowsOf } from "../../../../server/vectors/database.ts";
import { openDatabase, VectorStore } from "../../../../server/vectors/index.ts";
import { indexName, LAYOUTS } from "../../../../server/vectors/vectorTypes.ts";
import { STORED_FORMS, type StoredForm } from "../../../domain/evaluation/bytes/forms.ts";
import { present } from "../../../domain/present.ts";
import { quantile } from "../../../domain/quantile.ts";
import { mb, row } from "./table.ts";
import { clusteredVectors } from "./vectors.ts";

const QUERIES = 60;
const K = 10;

/**
 * What each type of vectors takes in the store and finds there: one store after the other is changed from float32, as a server does
 * it, and asked the same questions by its index; recall is against the exact search of float32.
 */
export const measureTypes = async (
  where: { folder: string; url: Secret | null },
  size: number,
  dimension: number,
): Promise<void> => {
  const database = await openDatabase(where);
  const store = new VectorStore(database);
  const vector = clusteredVectors(dimension);
  const id = "ad".repeat(32);
  await store.collections.build({ id, modelId: "types", modelVersion: null, dimension });
  await store.collections.activate(id);
  for (let held = 0; held < size; held += 100)
    await store.putDocument(
      { id: `d${held}`, contentHash: "x", title: "", mediaType: "text/plain", text: "", metadata: {} },
      Array.from({ length: 100 }, (_, ordinal) => ({
        ordinal,
        text: `passage ${held + ordinal}`,
        tokens: 3,
        vectors: new Map([[id, vector()]]),
      })),
    );
  const queries = Array.from({ length: QUERIES }, vector);
  const ask = async (exact: boolean) => {
    const collection = present(await store.collections.active(), "active collection");
    const times: number[] = [];
    const found: string[][] = [];
    for (const query of queries) {
      const from = performance.now();
      const { hits } = await store.nearest.search({ collection, query, k: K, exact });
      times.push(performance.now() - from);
      found.push(hits.map(({ documentId, ordinal }) => `${documentId}#${ordinal}`));
    }
    return { times, found };
  };
  const bytes = async (name: string): Promise<number> =>
    Number(rowsOf(await database.sql.execute(sql`SELECT pg_relation_size(${name}::regclass)::float8 AS n`))[0]?.n);

  console.log(`\n${store.kind} store, ${size} passages, clustered vectors of ${dimension} dimensions, k = ${K}\n`);
  row(
    "type",
    "index",
    "table",
    "change s",
    "index built s",
    "exact p50 ms",
    "p95 ms",
    "recall@10",
    "by index p50 ms",
    "p95 ms",
    "recall@10",
  );
  row("---", ...Array.from({ length: 10 }, () => "---:"));
  let truth: string[][] = [];
  const measure = async (type: StoredForm, changed: number) => {
    const from = performance.now();
    await store.nearest.index(id, 1);
    const built = (performance.now() - from) / 1000;
    if (type !== "float32") await store.collections.switchType(id);
    await store.collections.clean(id);
    const [exact, near] = [await ask(true), await ask(false)];
    if (truth.length === 0) truth = exact.found;
    const recall = (found: string[][]) =>
      found.reduce((sum, one, i) => sum + one.filter((key) => truth[i]?.includes(key)).length, 0) / (QUERIES * K);
    row(
      type,
      mb(await bytes(indexName(id, type))),
      mb(await bytes(LAYOUTS[type].table)),
      changed.toFixed(1),
      built.toFixed(1),
      ...[exact, near].flatMap(({ times, found }) => [
        quantile(times, 0.5).toFixed(1),
        quantile(times, 0.95).toFixed(1),
        recall(found).toFixed(3),
      ]),
    );
  };
  for (const type of STORED_FORMS) {
    const from = performance.now();
    if (type !== "float32") {
      await store.collections.changeType(id, type);
      while ((await store.roundVectors(id, 1000)) > 0);
    }
    await measure(type, (performance.now() - from) / 1000);
  }
  await database.close();
};
