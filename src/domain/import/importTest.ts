import { z } from "zod";
import { identitySchema } from "../artifact/imported.ts";
import { datasetIdentity, linesLost, openDoubts, parseDataset } from "../dataset/index.ts";
import { MEASURED_ON } from "../dataset/origin.ts";
import type { DatasetIdentity } from "../dataset/types.ts";
import { StudioError } from "../errors.ts";
import { taskOfFile } from "../evaluation/index.ts";
import { taskHash } from "../evaluation/task.ts";
import type { RetrievalTask } from "../evaluation/types.ts";

/** Folder of an upload in which the questions lie that an imported model is measured on; nothing of it is registered. */
export const IMPORT_TEST_FOLDER = "import-test/";
/** Ending of a file that holds a whole task, as the page sends it; others are read as files of pairs. */
const TASK_FILE = ".task.json";

/** What a server measures an import on at most; `npm run import` knows no such bound. */
export const IMPORT_TEST_LIMITS = { bytes: 64 * 2 ** 20, texts: 50_000 } as const;

/** Questions that an imported model is measured on, and the data set that they are of. */
export interface ImportTest {
  dataset: Pick<DatasetIdentity, "name" | "fingerprint" | "rows">;
  task: RetrievalTask;
}

const place = z.int().nonnegative();
const schema = z.object({
  dataset: identitySchema,
  splitHash: z.string().max(128),
  measuredOn: z.enum(MEASURED_ON).optional(),
  queries: z
    .array(
      z.object({
        text: z.string(),
        relevant: z.array(place),
        grades: z.array(z.number().positive()).optional(),
        component: place,
      }),
    )
    .min(1),
  corpus: z.array(z.string()).min(1),
});

/** A task as a file of an upload. Columns by which it can be parted stay behind. */
export const importTestFile = ({
  dataset: { name, fingerprint, rows },
  task: { splitHash, measuredOn, queries, corpus },
}: ImportTest): { path: string; bytes: Uint8Array<ArrayBuffer> } => ({
  path: `${IMPORT_TEST_FOLDER}test${TASK_FILE}`,
  bytes: new TextEncoder().encode(
    JSON.stringify({ dataset: { name, fingerprint, rows }, splitHash, measuredOn, queries, corpus }),
  ),
});

/**
 * Reads such a file, or one of pairs, whose queries are asked of all its documents.
 * @throws StudioError `import-test-unreadable`, `import-test-too-large`, and those of `parseDataset`
 */
export const readImportTest = async (path: string, bytes: Uint8Array<ArrayBuffer>): Promise<ImportTest> => {
  const name = path.slice(IMPORT_TEST_FOLDER.length);
  const test = name.endsWith(TASK_FILE) ? readTask(name, bytes) : await readPairs(name, bytes);
  const texts = test.task.queries.length + test.task.corpus.length;
  if (texts > IMPORT_TEST_LIMITS.texts)
    throw new StudioError(
      "import-test-too-large",
      `The test has ${texts} questions and documents; a server measures an import on at most ${IMPORT_TEST_LIMITS.texts}.`,
      "Give a smaller test, or measure it with npm run import -- --test FILE.",
    );
  return test;
};

const readTask = (name: string, bytes: Uint8Array): ImportTest => {
  const refusal = (what: string) =>
    unreadable(`${name} ${what}.`, "Send it as the page writes it, or a file of pairs.");
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw refusal("is no JSON");
  }
  const { data } = schema.safeParse(json);
  if (!data) throw refusal("is no task");
  const { dataset, splitHash, measuredOn, queries: asked, corpus } = data;
  const queries = asked.map(({ grades, ...query }) => ({ ...query, ...(grades && { grades }) }));
  for (const { relevant, grades = relevant } of queries)
    if (relevant.length === 0 || grades.length !== relevant.length || relevant.some((at) => at >= corpus.length))
      throw refusal("names documents that it does not hold");
  return {
    dataset,
    task: { queries, corpus, splitHash, taskHash: taskHash(queries, corpus), ...(measuredOn && { measuredOn }) },
  };
};

const readPairs = async (name: string, bytes: Uint8Array<ArrayBuffer>): Promise<ImportTest> => {
  const parsed = await parseDataset(new Blob([bytes]).stream(), { fileName: name, bytes: bytes.length });
  const lost = linesLost(parsed.badLines);
  const [first] = parsed.badLines;
  if (lost > 0 && first)
    throw unreadable(
      `${name}: ${lost} of its lines cannot be read, the first is ${first.line}: ${first.reason}`,
      "Mend them, or leave them out.",
    );
  if (openDoubts(parsed.dialect).length > 0)
    throw unreadable(
      `${name}: its columns do not say which is the question and which the document.`,
      'Name them "query" and "positive".',
    );
  if (parsed.rows.length === 0)
    throw unreadable(`${name} holds no pair.`, 'Each line is {"query": "…", "positive": "…"}.');
  const {
    name: named,
    fingerprint,
    rows,
  } = datasetIdentity(name, parsed.rows, {
    instruction: null,
    corpus: parsed.corpus,
  });
  return { dataset: { name: named, fingerprint, rows }, task: taskOfFile(parsed) };
};

const unreadable = (message: string, hint: string): StudioError =>
  new StudioError("import-test-unreadable", message, hint);
