import { StudioError } from "../../errors.ts";
import { hasText } from "../../text/index.ts";
import { badLine, type Item, type Reading } from "./item.ts";
import { LIMITS } from "./limits.ts";
import { textLines, type TextLine } from "./lines.ts";

/** One JSON value a line; blank lines are legal and counted. */
export const readJsonl = (chunks: AsyncIterable<Uint8Array>): Reading => {
  let blank = 0;
  async function* items(): AsyncGenerator<Item[], void, void> {
    let line = 0;
    let good = 0;
    let notJson = 0;
    for await (const batch of textLines(chunks)) {
      const out: Item[] = [];
      for (const entry of batch) {
        line++;
        if (entry.valid && !hasText(entry.text)) {
          blank++;
          continue;
        }
        const item = toItem(entry, line);
        if ("code" in item) notJson++;
        else good++;
        out.push(item);
      }
      yield out;
      if (good === 0 && notJson >= LIMITS.hopelessLines) throw notJsonl(notJson);
    }
    if (good === 0 && notJson > 0) throw notJsonl(notJson);
  }
  return { items: items(), blankLines: () => blank };
};

const toItem = ({ text, valid, tooLong }: TextLine, line: number): Item => {
  if (tooLong)
    return badLine(line, text, "line-too-long", `The line is longer than ${LIMITS.lineBytes / 2 ** 20} MiB.`);
  if (!valid) return notUtf8(line, text);
  try {
    return { line, value: JSON.parse(text) as unknown, text };
  } catch {
    return badLine(line, text, "not-json", "The line is not a complete JSON value.");
  }
};

export const notUtf8 = (line: number, text: string): Item =>
  badLine(line, text, "not-utf8", "The line holds bytes that are not UTF-8. Save the file as UTF-8.");

const notJsonl = (lines: number): StudioError =>
  new StudioError(
    "dataset-not-jsonl",
    lines === 1
      ? "The only line of the file is not JSON."
      : `None of the first ${lines.toLocaleString("en")} lines is JSON.`,
    'JSONL has one object a line, such as {"query": "…", "positive": "…"}. CSV, TSV and Parquet files work too.',
  );
