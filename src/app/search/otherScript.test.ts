import { expect, test } from "vitest";
import { otherScriptNote } from "./otherScript.ts";

test("a bundled base does not know other scripts, which is said", () => {
  expect(otherScriptNote("电池可以用多久？", "qwen3-embedding-small")).toMatch(
    /^The bundled bases know English only.*in Chinese mean/,
  );
  expect(otherScriptNote("كيف أشحن البطارية؟", "qwen3-embedding-tiny")).toContain("Arabic script");
  expect(otherScriptNote("电池可以用多久？", "Qwen/Qwen3-Embedding-0.6B")).toBeNull();
  expect(otherScriptNote("how long does the roost charge?", "qwen3-embedding-small")).toBeNull();
  expect(otherScriptNote("wie lange lädt das auf", "qwen3-embedding-small")).toBeNull();
  expect(otherScriptNote("404 ???", "qwen3-embedding-small")).toBeNull();
});
