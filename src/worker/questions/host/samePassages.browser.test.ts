import { expect, test } from "vitest";
import recorded from "../../../domain/documents/cases/passages.json?raw";
import { present } from "../../../domain/present.ts";
import { loadTokenizer } from "../../../domain/text/tokenizer.ts";
import { httpModelFiles } from "../../../platform/httpModelFiles.ts";
import { readCases } from "../../../testing/documentCases.ts";
import { pdfData } from "./pdfData.ts";

// As data: the test server would write into HTML, and read it as UTF-8 first.
const urls = import.meta.glob<string>("../../../domain/documents/cases/*.{pdf,html,md,docx}", {
  query: "?url&inline",
  import: "default",
});

test("the page cuts the case files into the very passages that Node does", async () => {
  const open = async (name: string) => {
    const url = await present(urls[`../../../domain/documents/cases/${name}`], name)();
    return new Uint8Array(await (await fetch(url)).arrayBuffer());
  };
  const read = await readCases(open, await loadTokenizer(httpModelFiles("qwen3-embedding-tiny")), pdfData);
  expect(`${JSON.stringify(read, null, 1)}\n`).toBe(recorded);
});
