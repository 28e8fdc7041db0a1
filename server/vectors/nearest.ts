import { sql } from "drizzle-orm";
import { StudioError } from "../../src/domain/errors.ts";
import { RESCORED, type StoredForm } from "../../src/domain/evaluation/bytes/forms.ts";
import type { Collection, CollectionStore } from "./collections.ts";
import { type Database, rowsOf, type Sql, type Transaction } from "./database.ts";
import { checkedId, efSearch, HNSW_FROM, INDEX_FROM } from "./hnsw.ts";
import { andCarried, byScore, type Filter, type Hit, hitOf, matchesNothing } from "./passages.ts";
import { column, createIndex, indexName, LAYOUTS, signs, typesOf } from "./vectorTypes.ts";

const INDEXED_MS = 5000;
/** A growing collection is looked at after so many passages. */
const LOOK_EVERY = 1000;

/** pgvector's text form of a vector. */
export const vectorLiteral = (values: Float32Array): string => `[${values.join(",")}]`;

/** Finds the nearest passages of a collection: exactly, or by its HNSW index. */
export class Nearest {
  readonly #searched = new Map<string, { value: boolean; at: number }>();
  readonly #grown = new Map<string, number>();

  constructor(
    private readonly database: Database,
    private readonly collections: CollectionStore,
  ) {}

  private get db(): Sql {
    return this.database.sql;
  }

  /**
   * Gives a collection of at least `from` chunks its HNSW index, up to pgvector's dimensions for it; one that changes its type gets the
   * next one too.
   * @returns whether it has the one that searches use
   */
  async index(id: string, from = INDEX_FROM): Promise<boolean> {
    const collection = await this.collections.find(id);
    if (!collection) return false;
    for (const type of typesOf(collection)) await this.#index(collection, type, from);
    return this.#exists(indexName(id, collection.vectorType));
  }

  async #index(collection: Collection, type: StoredForm, from: number): Promise<void> {
    const name = indexName(collection.id, type);
    if (collection.dimension > LAYOUTS[type].most || (await this.#exists(name))) return;
    if (!(await this.#holds(collection.id, type, from))) return;
    // Of servers that see the same growth one makes it; "if not exists" alone fails for the second.
    await this.db.transaction(async (tx) => {
      await tx.execute(sql`SELECT pg_advisory_xact_lock(hashtext(${name}))`);
      await tx.execute(sql.raw(createIndex(collection, type)));
    });
    this.#searched.delete(name);
  }

  /** Told by whoever adds many chunks, so that the index is made while there are few. */
  async grew(id: string, by: number): Promise<void> {
    const grown = (this.#grown.get(id) ?? 0) + by;
    this.#grown.set(id, grown % LOOK_EVERY);
    if (grown >= LOOK_EVERY) await this.index(id);
  }

  async #exists(name: string, db: Sql | Transaction = this.db): Promise<boolean> {
    const result = await db.execute(sql`SELECT 1 FROM pg_indexes WHERE indexname = ${name}`);
    return rowsOf(result).length > 0;
  }

  /** Whether a collection holds so many vectors. */
  async #holds(id: string, type: StoredForm, many: number, db: Sql | Transaction = this.db): Promise<boolean> {
    const result = await db.execute(
      sql`SELECT 1 FROM ${sql.raw(LAYOUTS[type].table)} WHERE collection_id = ${id} OFFSET ${many - 1} LIMIT 1`,
    );
    return rowsOf(result).length > 0;
  }

  /** Whether searches use the index; an answer is remembered for a few seconds, and both answers are right to act on. */
  async #byIndex({ id, vectorType }: Collection, db: Sql | Transaction): Promise<boolean> {
    const name = indexName(id, vectorType);
    const known = this.#searched.get(name);
    if (known && performance.now() - known.at < INDEXED_MS) return known.value;
    const value = (await this.#exists(name, db)) && (await this.#holds(id, vectorType, HNSW_FROM, db));
    this.#searched.set(name, { value, at: performance.now() });
    return value;
  }

  /**
   * The k nearest chunks of one collection by cosine.
   *
   * @param options.dimension  compares only the first components (Matryoshka); exact, without the index
   * @param options.filter     exact as well
   * @param options.exact      true compares every chunk, false uses the index; left out, the size decides
   * @param options.within     a transaction that the search is part of
   */
  async search(options: {
    collection: Collection;
    query: Float32Array;
    k: number;
    dimension?: number;
    filter?: Filter;
    exact?: boolean;
    within?: Transaction;
  }): Promise<{ hits: Hit[]; exact: boolean }> {
    const { collection, k, filter = [], dimension = collection.dimension } = options;
    if (options.query.length !== collection.dimension)
      throw new StudioError(
        "dimension-mismatch",
        `The query has ${options.query.length} dimensions; the collection has ${collection.dimension}.`,
        "Embed the query with the collection's model.",
      );
    if (matchesNothing(filter)) return { hits: [], exact: true };
    const cut = dimension < collection.dimension;
    const type = collection.vectorType;
    const { table, cast } = LAYOUTS[type];
    const whole = column(collection, type, "e.embedding");
    const left = cut ? `subvector(${whole}, 1, ${Math.trunc(dimension)})` : whole;
    const query = vectorLiteral(options.query.subarray(0, dimension));
    const { within } = options;
    // Inside a transaction everything goes through it: the embedded store has one connection, which it holds.
    const db = within ?? this.db;
    const exact = cut || filter.length > 0 || (options.exact ?? !(await this.#byIndex(collection, db)));
    const distance = sql`${sql.raw(left)} <=> ${query}::${sql.raw(cast)}`;
    // Exact scores order by an expression that no index serves; `+ 0` keeps the planner from trying. Of signs the nearest are
    // found first, more than are asked for, and put in order by float16.
    const bySigns = !exact && type === "binary";
    const order = exact
      ? sql`(${distance}) + 0, e.document_id COLLATE "C", e.ordinal`
      : bySigns
        ? sql`${sql.raw(signs(collection, "e.embedding"))} <~> binary_quantize(${query}::halfvec)`
        : distance;
    const near = sql`
      SELECT e.document_id, e.ordinal, ${distance} AS distance FROM ${sql.raw(table)} e
      WHERE e.collection_id = ${sql.raw(`'${checkedId(collection.id)}'`)}${andCarried(filter, sql`e.document_id`)}
      ORDER BY ${order} LIMIT ${bySigns ? Math.max(RESCORED, 2 * k) : k}`;
    const statement = sql`
      SELECT n.document_id, n.ordinal, d.title, d.source, c.text, d.metadata, 1 - n.distance AS score
      FROM (${bySigns ? sql`SELECT * FROM (${near}) s ORDER BY distance, document_id COLLATE "C", ordinal LIMIT ${k}` : near}) n
      JOIN chunks c ON c.document_id = n.document_id AND c.ordinal = n.ordinal
      JOIN documents d ON d.id = n.document_id`;
    const indexed = async (tx: Transaction) => {
      // Without statistics, which the embedded store never gathers, the planner takes a collection for a handful of rows and sorts
      // them all; the index gives its order without a sort.
      await tx.execute(
        sql`SELECT set_config('hnsw.ef_search', ${String(efSearch(k))}, true), set_config('enable_sort', 'off', true)`,
      );
      const found = await tx.execute(statement);
      await tx.execute(sql`SELECT set_config('enable_sort', 'on', true)`);
      return found;
    };
    const result = exact
      ? await db.execute(statement)
      : await (within ? indexed(within) : this.db.transaction(indexed));
    return { hits: rowsOf(result).map(hitOf).sort(byScore), exact };
  }
}
