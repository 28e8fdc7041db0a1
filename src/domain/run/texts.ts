import { MEASURED_ON } from "../dataset/origin.ts";
import type { TrainingExample } from "../dataset/types.ts";
import type { RetrievalTask, TaskColumn, TaskQuery } from "../evaluation/types.ts";
import { at, entry } from "../present.ts";
import { parseHeader, toFloat64, toInt32, writeSafetensors, type TensorData } from "../safetensors/index.ts";

/** What a run learns from and is judged by. */
export interface RunTexts {
  /** One example per (query, positive) of the train side. */
  examples: TrainingExample[];
  /** Null when the split has no dev side. */
  dev: RetrievalTask | null;
  test: RetrievalTask;
}

/** {@link RunTexts} as the bytes of one file. */
export type PackedRunTexts = Uint8Array<ArrayBuffer>;

/**
 * A run's texts as one safetensors file, so that they cross between workers without a copy and lie on disk in the same form.
 * Examples and both tasks speak of the same documents; each distinct text is in it once, the rest are indices:
 * `texts` (UTF-8, one after the other) and `ends` (the byte after each); lists of lists are flat, with the end of each list
 * beside them.
 */
export const packRunTexts = ({ examples, dev, test }: RunTexts, about: Record<string, string> = {}): PackedRunTexts => {
  const table = textTable();
  const ids = (texts: readonly string[]): number[] => texts.map(table.idOf);
  const tensors: TensorData[] = [
    integers("examples.query", ids(examples.map(({ query }) => query))),
    integers("examples.positive", ids(examples.map(({ positive }) => positive))),
    ...lists(
      "examples.negatives",
      examples.map(({ negatives }) => ids(negatives)),
    ),
    ...(examples.some(({ scores }) => scores) ? [floats("examples.scores", examples.flatMap(scoresOf))] : []),
  ];
  const metadata: Record<string, string> = { ...about, format: FORMAT };
  for (const [side, task] of [
    ["dev", dev],
    ["test", test],
  ] as const) {
    if (!task) continue;
    tensors.push(
      integers(`${side}.query`, ids(task.queries.map(({ text }) => text))),
      integers(
        `${side}.component`,
        task.queries.map(({ component }) => component),
      ),
      ...lists(
        `${side}.relevant`,
        task.queries.map(({ relevant }) => relevant),
      ),
      integers(`${side}.corpus`, ids(task.corpus)),
      ...(task.queries.some(({ grades }) => grades) ? [floats(`${side}.grades`, task.queries.flatMap(gradesOf))] : []),
    );
    if (task.ids)
      tensors.push(
        ...lists(`${side}.queryIds`, task.ids.queries.map(ids)),
        ...lists(`${side}.corpusIds`, task.ids.corpus.map(ids)),
      );
    const { columns = [] } = task;
    columns.forEach(({ of }, i) => tensors.push(integers(`${side}.column.${i}`, of)));
    if (columns.length > 0)
      metadata[`${side}.columns`] = JSON.stringify(columns.map(({ name, values }) => ({ name, values })));
    metadata[`${side}.splitHash`] = task.splitHash;
    if (task.taskHash !== undefined) metadata[`${side}.taskHash`] = task.taskHash;
    if (task.measuredOn !== undefined) metadata[`${side}.measuredOn`] = task.measuredOn;
  }
  const encoded = table.texts.map((text) => encoder.encode(text));
  let end = 0;
  tensors.push(
    integers(
      "ends",
      encoded.map(({ length }) => (end += length)),
    ),
  );
  const joined = new Uint8Array(end);
  let start = 0;
  for (const bytes of encoded) {
    joined.set(bytes, start);
    start += bytes.length;
  }
  tensors.push({ name: "texts", dtype: "U8", shape: [end], data: joined });
  return writeSafetensors(tensors, metadata);
};

const FORMAT = "run-texts/1";
const encoder = new TextEncoder();

/** @throws StudioError `safetensors-invalid` when the file is damaged */
export const unpackRunTexts = (file: Uint8Array): RunTexts => {
  const { tensors, metadata } = parseHeader(file);
  const bytesOf = (name: string): Uint8Array => {
    const { start, end } = entry(tensors, name);
    return file.subarray(start, end);
  };
  const ints = (name: string): Int32Array => toInt32(bytesOf(name), entry(tensors, name).dtype);
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const joined = bytesOf("texts");
  let from = 0;
  const texts = Array.from(ints("ends"), (end) => decoder.decode(joined.subarray(from, (from = end))));
  const textsOf = (ids: ArrayLike<number>): string[] => Array.from(ids, (id) => at(texts, id));
  const listsOf = (name: string): Int32Array[] => {
    const flat = ints(name);
    let first = 0;
    return Array.from(ints(`${name}.ends`), (end) => flat.subarray(first, (first = end)));
  };
  const task = (side: "dev" | "test"): RetrievalTask => {
    const component = ints(`${side}.component`);
    const relevant = listsOf(`${side}.relevant`);
    const named = JSON.parse(metadata[`${side}.columns`] ?? "[]") as Omit<TaskColumn, "of">[];
    const columns = named.map((column, i): TaskColumn => ({ ...column, of: [...ints(`${side}.column.${i}`)] }));
    const grades = tensors.has(`${side}.grades`)
      ? toFloat64(bytesOf(`${side}.grades`), entry(tensors, `${side}.grades`).dtype)
      : null;
    let graded = 0;
    const { [`${side}.splitHash`]: splitHash = "", [`${side}.taskHash`]: taskHash } = metadata;
    const idsOf = (name: string) => listsOf(name).map((list) => textsOf(list));
    const measuredOn = MEASURED_ON.find((words) => words === metadata[`${side}.measuredOn`]);
    return {
      queries: textsOf(ints(`${side}.query`)).map((text, i) => ({
        text,
        relevant: [...at(relevant, i)],
        ...(grades && { grades: [...grades.subarray(graded, (graded += at(relevant, i).length))] }),
        component: at(component, i),
      })),
      corpus: textsOf(ints(`${side}.corpus`)),
      ...(tensors.has(`${side}.queryIds`) && {
        ids: { queries: idsOf(`${side}.queryIds`), corpus: idsOf(`${side}.corpusIds`) },
      }),
      splitHash,
      ...(taskHash !== undefined && { taskHash }),
      ...(measuredOn && { measuredOn }),
      ...(columns.length > 0 && { columns }),
    };
  };
  const positive = textsOf(ints("examples.positive"));
  const negatives = listsOf("examples.negatives");
  const scores = tensors.has("examples.scores")
    ? toFloat64(bytesOf("examples.scores"), entry(tensors, "examples.scores").dtype)
    : null;
  let scored = 0;
  return {
    examples: textsOf(ints("examples.query")).map((query, i) => ({
      query,
      positive: at(positive, i),
      negatives: textsOf(at(negatives, i)),
      ...(scores && withScores(scores.subarray(scored, (scored += 1 + at(negatives, i).length)))),
    })),
    dev: tensors.has("dev.query") ? task("dev") : null,
    test: task("test"),
  };
};

/** What was said beside the texts when they were packed. */
export const aboutRunTexts = (file: Uint8Array): Readonly<Record<string, string>> => parseHeader(file).metadata;

const textTable = () => {
  const known = new Map<string, number>();
  const texts: string[] = [];
  const idOf = (text: string): number => {
    const id = known.get(text) ?? texts.push(text) - 1;
    known.set(text, id);
    return id;
  };
  return { texts, idOf };
};

/** Grades beside right documents, 1 where they are not graded. */
const gradesOf = ({ relevant, grades }: TaskQuery): number[] => relevant.map((_, i) => grades?.[i] ?? 1);

/** A teacher's scores of an example's positive and negatives; NaN where it has none. */
const scoresOf = ({ negatives, scores }: TrainingExample): number[] =>
  Array.from({ length: 1 + negatives.length }, (_, i) => scores?.[i] ?? NaN);

const withScores = (packed: Float64Array): Pick<TrainingExample, "scores"> =>
  packed.every(Number.isNaN) ? {} : { scores: Array.from(packed, (score) => (Number.isNaN(score) ? null : score)) };

const floats = (name: string, values: readonly number[]): TensorData => ({
  name,
  dtype: "F64",
  shape: [values.length],
  data: new Uint8Array(Float64Array.from(values).buffer),
});

const integers = (name: string, values: readonly number[]): TensorData => ({
  name,
  dtype: "I32",
  shape: [values.length],
  data: Int32Array.from(values),
});

const lists = (name: string, values: readonly (readonly number[])[]): TensorData[] => {
  let end = 0;
  return [
    integers(name, values.flat()),
    integers(
      `${name}.ends`,
      values.map((list) => (end += list.length)),
    ),
  ];
};
