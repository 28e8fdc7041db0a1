import type { StoredForm } from "../../src/domain/evaluation/bytes/forms.ts";
import { checkedId } from "./hnsw.ts";

/** How a type of vectors is kept: its table and pgvector's type there, and its index. */
export interface Layout {
  table: "embeddings" | "half_embeddings";
  cast: "vector" | "halfvec";
  /** pgvector's limit of dimensions for the index. */
  most: number;
  prefix: string;
}

/** `binary` keeps float16 too, which its first passages are rescored by; only its index holds signs. */
export const LAYOUTS: Record<StoredForm, Layout> = {
  float32: { table: "embeddings", cast: "vector", most: 2000, prefix: "hnsw" },
  float16: { table: "half_embeddings", cast: "halfvec", most: 4000, prefix: "hnsw16" },
  binary: { table: "half_embeddings", cast: "halfvec", most: 64_000, prefix: "hnswbit" },
};

/** A collection as far as its types say where its vectors are. */
export interface Typed {
  id: string;
  dimension: number;
  vectorType: StoredForm;
  /** What it is being changed into. */
  nextVectorType: StoredForm | null;
}

/** The types whose forms a collection has: new vectors go into each. */
export const typesOf = ({ vectorType, nextVectorType }: Omit<Typed, "id" | "dimension">): StoredForm[] => [
  vectorType,
  ...(nextVectorType ? [nextVectorType] : []),
];

export const tablesOf = (typed: Parameters<typeof typesOf>[0]): ReadonlySet<Layout["table"]> =>
  new Set(typesOf(typed).map((type) => LAYOUTS[type].table));

export const indexName = (id: string, type: StoredForm): string =>
  `${LAYOUTS[type].prefix}_${checkedId(id).slice(0, 40)}`;

/** A stored vector as one of its collection's dimension: the column has none, since one table serves every model. */
export const column = ({ dimension }: Pick<Typed, "dimension">, type: StoredForm, name = "embedding"): string =>
  `${name}::${LAYOUTS[type].cast}(${Math.trunc(dimension)})`;

/** The signs of a stored vector, written as the index has them. */
export const signs = (typed: Pick<Typed, "dimension">, name = "embedding"): string =>
  `binary_quantize(${column(typed, "binary", name)})::bit(${Math.trunc(typed.dimension)})`;

/** Makes a collection's index. A partial one over a cast: each collection has its own dimension, and pgvector wants one. */
export const createIndex = (typed: Typed, type: StoredForm): string => {
  const { table, cast } = LAYOUTS[type];
  const over = type === "binary" ? `(${signs(typed)}) bit_hamming_ops` : `(${column(typed, type)}) ${cast}_cosine_ops`;
  return `CREATE INDEX IF NOT EXISTS "${indexName(typed.id, type)}" ON ${table} USING hnsw (${over}) WHERE collection_id = '${checkedId(typed.id)}'`;
};
