import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parentPort } from "node:worker_threads";
import { chunkText, extractFile, type Chunk, type ExtractedText } from "../../src/domain/documents/index.ts";
import { toProblem, type Problem } from "../../src/domain/errors.ts";
import { createTokenizer, type TextTokenizer } from "../../src/domain/text/tokenizer.ts";
import { pdfData } from "./pdfData.ts";

/** Work on other people's files, away from the thread that answers requests: it may be slow, large or hostile. */
export type TextTask =
  | { id: number; kind: "extract"; bytes: Uint8Array; name: string }
  | { id: number; kind: "chunk"; text: string; mediaType: string; tokenizer: string; size: number; overlap: number };
export type TextAnswer =
  | { id: number; value: ExtractedText | Chunk[] }
  | { id: number; problem: Problem; defect: boolean };

const tokenizers = new Map<string, TextTokenizer>();
const tokenizerOf = (folder: string): TextTokenizer => {
  const known = tokenizers.get(folder);
  if (known) return known;
  const json = (file: string) => JSON.parse(readFileSync(join(folder, file), "utf8")) as object;
  const { eos_token_id: end = null } = json("config.json") as { eos_token_id?: number | number[] | null };
  const made = createTokenizer(
    json("tokenizer.json"),
    json("tokenizer_config.json"),
    Array.isArray(end) ? (end[0] ?? null) : end,
  );
  tokenizers.clear();
  tokenizers.set(folder, made);
  return made;
};

parentPort?.on("message", (task: TextTask) => {
  const work =
    task.kind === "extract"
      ? extractFile(task.bytes, task.name, pdfData)
      : (async () => {
          const { text, mediaType, size, overlap } = task;
          const tokenizer = tokenizerOf(task.tokenizer);
          // The end token belongs to every text.
          return chunkText(text, mediaType, { size, overlap, count: (piece) => tokenizer.count("", piece) - 1 });
        })();
  work.then(
    (value) => parentPort?.postMessage({ id: task.id, value } satisfies TextAnswer),
    (thrown: unknown) => {
      const problem = toProblem(thrown);
      parentPort?.postMessage({ id: task.id, problem, defect: problem.code === "unexpected" } satisfies TextAnswer);
    },
  );
});
