import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { BUNDLED_BASES } from "../../src/domain/bases.ts";
import { bundledBase, fixture } from "../../src/testing/modelFiles.ts";
import { openNamedBase } from "./baseIdentity.ts";

const COMMIT = "97b0c614be4d77ee51c0cef4e5f07c00f9eb65b3";
/** Laid out as the cards of Qwen3-Embedding are. */
const card = (title: string, id: string) => `---
license: apache-2.0
base_model:
- Qwen/Qwen3-0.6B-Base
---
# ${title}

| [Qwen3-Embedding-4B](https://huggingface.co/Qwen/Qwen3-Embedding-4B) |

\`\`\`python
model = SentenceTransformer("${id}")
model = AutoModel.from_pretrained('${id}', torch_dtype=torch.float16)
\`\`\`
`;

let root: string;
/** A folder with the nano model and `more`. */
const model = (path: string, more: Record<string, string> = {}): string => {
  const folder = join(root, path);
  mkdirSync(folder, { recursive: true });
  for (const file of ["config.json", "model.safetensors"]) cpSync(join(fixture("nano"), file), join(folder, file));
  for (const [file, text] of Object.entries(more)) {
    mkdirSync(join(folder, file, ".."), { recursive: true });
    writeFileSync(join(folder, file), text);
  }
  return folder;
};
beforeAll(() => void (root = mkdtempSync(join(tmpdir(), "identity-"))));
afterAll(() => rmSync(root, { recursive: true }));

const named = async (folder: string, id?: string) => {
  const { id: found, revision } = await openNamedBase(folder, id);
  return [found, revision];
};
const git = (url: string) => `[remote "origin"]\n\turl = ${url}\n\tfetch = +refs/heads/*\n`;

test("a folder of the hub's cache is the model that it was downloaded as, by a link too", async () => {
  const folder = model(`hub/models--some-one--my.model/snapshots/${COMMIT}`);
  expect(await named(folder)).toEqual(["some-one/my.model", COMMIT]);
  symlinkSync(folder, join(root, "link"));
  expect(await named(join(root, "link"))).toEqual(["some-one/my.model", COMMIT]);
});

test("a clone is the model of its origin", async () => {
  expect(await named(model("clone", { ".git/config": git("https://huggingface.co/Qwen/Qwen3-Embedding-4B") }))).toEqual(
    ["Qwen/Qwen3-Embedding-4B", "local"],
  );
  expect(await named(model("ssh", { ".git/config": git("git@hf.co:some/model.git") }))).toEqual([
    "some/model",
    "local",
  ]);
  await expect(named(model("other", { ".git/config": git("https://example.org/some/model") }))).rejects.toThrow();
});

test("a card names its own model, and only its own", async () => {
  const readme = card("Qwen3-Embedding-4B", "Qwen/Qwen3-Embedding-4B");
  expect(await named(model("card", { "README.md": readme }))).toEqual(["Qwen/Qwen3-Embedding-4B", "local"]);
  for (const [path, text] of Object.entries({
    tuned: card("SentenceTransformer based on Qwen/Qwen3-Embedding-0.6B", "sentence_transformers_model_id"),
    untitled: card("My model", "Qwen/Qwen3-Embedding-4B"),
    two: card("A", "one/A") + card("A", "two/A"),
    // Its weights are known, and these are others.
    copied: card("Qwen3-Embedding-0.6B", "Qwen/Qwen3-Embedding-0.6B"),
  }))
    await expect(named(model(path, { "README.md": text })), path).rejects.toMatchObject({
      hint: expect.stringContaining("--base-id"),
    });
});

test.each(BUNDLED_BASES)("the weights of $id name the base wherever they lie", async ({ id }) => {
  const folder = model(`copy of ${id}`);
  cpSync(bundledBase(id), folder, { recursive: true });
  expect(await named(folder)).toEqual([id, "bundled"]);
  expect(await named(id)).toEqual([id, "bundled"]);
});

test("a base that is nowhere: the message names those that are bundled", async () => {
  await expect(named("qwen3-embedding-huge")).rejects.toMatchObject({
    hint: expect.stringContaining("qwen3-embedding-small or qwen3-embedding-tiny"),
  });
});

test("--base-id has the last word", async () => {
  expect(await named(model("plain"), "me/mine")).toEqual(["me/mine", "local"]);
  expect(await named("qwen3-embedding-tiny", "me/tiny")).toEqual(["me/tiny", "bundled"]);
  await expect(named(model("nameless"))).rejects.toMatchObject({ message: expect.stringContaining("nameless") });
});
