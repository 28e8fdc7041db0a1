import { createWriteStream } from "node:fs";
import { once } from "node:events";
import { random } from "../load/vectors.ts";

const WORDS = (
  "sort array mutex thread kettle water invoice refund opcode table search index vector model query cancel account " +
  "password printer paper driver network router cable battery charge screen window update version install folder " +
  "backup restore delete message contact calendar meeting room budget travel receipt customer order delivery"
).split(" ");
const word = (): string => WORDS[Math.floor(Math.abs(random()) * WORDS.length) % WORDS.length] ?? "word";
/** Words without sense, as many as asked for. */
export const sentence = (words: number): string => Array.from({ length: words }, word).join(" ");

/**
 * Writes a JSONL file of so many pairs, each with texts of its own: queries of about 8 words and documents of about 50, every
 * fourth with a hard negative, and one line in a thousand that is no JSON.
 *
 * @returns the file's bytes
 */
export const writePairs = async (path: string, rows: number): Promise<number> => {
  const out = createWriteStream(path);
  for (let row = 0; row < rows; row += 1) {
    const pair = {
      query: `${sentence(7)} ${row}`,
      positive: `${row} ${sentence(50)}`,
      ...(row % 4 === 0 && { negative: `${rows + row} ${sentence(50)}` }),
    };
    const line = row % 1000 === 999 ? '{"query": "cut off in the mid' : JSON.stringify(pair);
    if (!out.write(`${line}\n`)) await once(out, "drain");
  }
  out.end();
  await once(out, "finish");
  return out.bytesWritten;
};
