import { appendFileSync, existsSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { z } from "zod";
import { langfuseLineSchema, langfuseSourceSchema, type LangfuseLine } from "../../../src/domain/api/index.ts";
import type { Source } from "../../../src/domain/langfuse/types.ts";
import { UsageError } from "../problems.ts";

type Page = Extract<LangfuseLine, { type: "page" }>;

const headerSchema = z.object({ reads: z.string(), source: langfuseSourceSchema });

/**
 * What was read so far, beside the pairs: what is read in the first line, then a page a line. A last line that a crash cut is left
 * out, and read again.
 */
export class ProgressFile {
  constructor(private readonly path: string) {}

  /**
   * The pages of an earlier run of the same question, and the time that it reads; it begins anew where there are none.
   *
   * @param reads  the question as text, without a time that was not given
   * @throws UsageError when the file is of another question
   */
  begin(reads: string, source: Source): { pages: Page[]; source: Source } {
    if (!existsSync(this.path)) {
      writeFileSync(this.path, `${JSON.stringify({ reads, source })}\n`);
      return { pages: [], source };
    }
    const text = readFileSync(this.path, "utf8");
    const whole = text.slice(0, text.lastIndexOf("\n") + 1);
    if (whole.length < text.length) truncateSync(this.path, Buffer.byteLength(whole));
    const [first, ...lines] = whole.split("\n").filter((line) => line !== "");
    const header = headerSchema.safeParse(parse(first ?? ""));
    if (!header.success || header.data.reads !== reads)
      throw new UsageError(
        "usage",
        `${this.path} is what a run with other flags left.`,
        "Give the same flags to go on with it, or move it away to begin anew.",
      );
    const pages = lines.flatMap((line) => {
      const page = langfuseLineSchema.safeParse(parse(line));
      return page.success && page.data.type === "page" ? [page.data] : [];
    });
    return { pages, source: header.data.source };
  }

  append(page: Page): void {
    appendFileSync(this.path, `${JSON.stringify(page)}\n`);
  }

  remove(): void {
    rmSync(this.path, { force: true });
  }
}

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return null; // Refused by the schema.
  }
};
