import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Request } from "@playwright/test";
import { trueArtifact } from "../server/testing/trueArtifact.ts";
import type { SearchResponse } from "../src/domain/api/index.ts";
import {
  PROBE_TEXTS,
  readReference,
  REFERENCE_PATH,
  smallestCosine,
  unzipArtifact,
} from "../src/domain/artifact/index.ts";
import { at, present } from "../src/domain/present.ts";
import { register } from "./registry.ts";
import { expectAccessible, openStudio } from "./steps.ts";
import { expect, Studio, test } from "./studio.ts";

const TOKEN = "the-token-of-this-journey";
const DOCUMENTS = [
  "qsort sorts an array in place with a comparison function.",
  "The kettle boils water for tea in the kitchen.",
  "A mutex protects shared data from concurrent threads.",
];
const modules = fileURLToPath(new URL("../node_modules", import.meta.url));

test("ingest, search, promote, re-embed, override, roll back and archive, on a server with a token", async ({
  page,
}) => {
  // Its versions were tuned from the tiny base: so that this one serves before them too.
  const studio = await Studio.create({ STUDIO_TOKEN: TOKEN, EMBEDDING_MODEL: "qwen3-embedding-tiny" });
  // The browser's own dialog for where a file goes cannot be driven; without it the file is an ordinary download.
  await page.addInitScript(() => Reflect.deleteProperty(window, "showSaveFilePicker"));
  const refusedByPolicy: string[] = [];
  page.on("console", (message) => {
    if (/content security policy/i.test(message.text())) refusedByPolicy.push(message.text());
  });
  try {
    const artifact = await trueArtifact(1);
    const better = await register(studio, artifact, TOKEN);
    const [all, none] = [1, 0].map((score) => Array.from({ length: 60 }, () => score));
    const worse = await register(studio, await trueArtifact(4, { baseline: all, tuned: none }), TOKEN);
    const main = page.getByRole("main");
    const panel = (name: string) =>
      main.locator("section").filter({ has: page.getByRole("heading", { level: 2, name }) });

    await test.step("documents go in once the token is given, and the baseline answers", async () => {
      await openStudio(page, studio, "/playground");
      await page.getByRole("tab", { name: "Paste" }).click();
      await page.getByLabel("Text", { exact: true }).fill(DOCUMENTS.join("\n---\n"));
      await page.getByRole("button", { name: "Add 3 documents" }).click();
      await page.getByRole("textbox", { name: "The server's token" }).fill("not-the-token-of-it");
      await page.getByRole("button", { name: "Use it" }).click();
      await expect(page.getByText("That is not this server's token.")).toBeVisible();
      await page.getByRole("textbox", { name: "The server's token" }).fill(TOKEN);
      await page.getByRole("button", { name: "Use it" }).click();
      await page.getByRole("button", { name: "Add 3 documents" }).click();
      await expect(main.getByText("3 of 3 documents stored")).toBeVisible();
      await page.getByLabel("Question", { exact: true }).fill("How do I sort an array?");
      await page.getByRole("button", { name: "Search", exact: true }).click();
      await expect(panel("In production").getByRole("listitem").first()).toContainText("qsort");
      await expect(main.getByText("both sides show the same model")).toBeVisible();
    });

    await test.step("of several files the unreadable one is named, and the others are taken", async () => {
      await page.getByRole("tab", { name: "Files" }).click();
      await main
        .locator("input[type=file]")
        .first()
        .setInputFiles([
          {
            name: "otters.md",
            mimeType: "text/markdown",
            buffer: Buffer.from("# Otters\n\nOtters hold hands while they sleep."),
          },
          { name: "broken.pdf", mimeType: "application/pdf", buffer: Buffer.from("%PDF-1.7 and nothing else") },
        ]);
      await expect(main.getByText("1 of 2 documents stored, 1 failed")).toBeVisible();
      await expect(main.getByRole("listitem").filter({ hasText: "broken.pdf:" })).toBeVisible();
      await expect(page.getByRole("button", { name: /^Retry/ })).toBeHidden(); // Its bytes are not kept.
      await page.getByRole("button", { name: "Remove Otters" }).click();
      await expect(main.getByText("Otters", { exact: true })).toBeHidden();
    });

    await test.step("a candidate is tried on the same documents before it is promoted", async () => {
      await page.getByRole("combobox", { name: "Compare a candidate" }).click();
      await page.getByRole("option", { name: better }).click();
      const stale = main.getByText("These settings are not those of the results below.");
      await expect(stale).toBeVisible();
      await page.getByRole("button", { name: "Search", exact: true }).click();
      await expect(stale).toBeHidden();
      await page.getByRole("button", { name: "Embed the documents with it" }).click();
      await expect(panel("Candidate").getByRole("listitem")).toHaveCount(3);
      await expect(panel("Candidate").getByText(better)).toBeVisible();
      await expectAccessible(page, "candidate");
    });

    await test.step("the gate shows its evidence; after the promotion searches change to the new model", async () => {
      await page.getByRole("link", { name: "Models", exact: true }).click();
      await page.getByRole("button", { name: `Promote ${better}` }).click();
      const dialog = page.getByRole("dialog", { name: `Promote ${better}?` });
      await expect(
        dialog.getByText("Nothing stands against it. Not measured: keeps what it knew. It replaces the baseline."),
      ).toBeVisible();
      await expect(dialog.getByText(/recall@10: .* points \(95 % interval/)).toBeVisible();
      await dialog.getByRole("button", { name: "Promote" }).click();
      await expect(dialog.getByText("Write a reason")).toBeVisible();
      await dialog.getByRole("textbox").fill("Finds more.");
      await dialog.getByRole("button", { name: "Promote" }).click();
      await expect(dialog).toBeHidden();
      await expect(panel("In production").getByText(better)).toBeVisible();
      const answering = async () => {
        const response = await fetch(`${studio.url}/api/search?q=sort`);
        return ((await response.json()) as { embedder: { version: string | null } }).embedder.version;
      };
      await expect.poll(answering, { timeout: 15_000 }).toBe(better);
    });

    await test.step("a version that is worse needs an override with a reason, which stays in the history", async () => {
      const promote = page.getByRole("button", { name: `Promote ${worse}` });
      const dialog = page.getByRole("dialog", { name: `Promote ${worse}?` });
      await promote.click();
      await expect(dialog.getByRole("textbox")).toBeVisible();
      await page.keyboard.press("Escape");
      await expect(promote).toBeFocused();
      await promote.click();
      await dialog.getByRole("textbox").fill("To see what it does.");
      await dialog.getByRole("button", { name: "Promote anyway" }).click();
      await expect(dialog.getByText("Confirm the override")).toBeVisible();
      await dialog.getByRole("checkbox").check();
      await dialog.getByRole("button", { name: "Promote anyway" }).click();
      await expect(dialog).toBeHidden();
      const history = page.getByRole("table", { name: "History" });
      await expect(history.getByText(`${better} → ${worse}, promoted`)).toBeVisible();
      await expect(history.getByText(/overrode: not worse than the baseline/)).toBeVisible();
    });

    await test.step("rolled back, put aside and taken back; lineage, card and files are there", async () => {
      await page.getByRole("button", { name: "Roll back" }).click();
      const dialog = page.getByRole("dialog", { name: `Roll back to ${better}?` });
      await dialog.getByRole("button", { name: "Roll back" }).click();
      await expect(dialog).toBeHidden();
      const versions = page.getByRole("table", { name: "Versions" });
      await versions.getByRole("button", { name: worse, exact: true }).click();
      for (const [button, state] of [
        ["Archive", "archived"],
        ["Restore", "candidate"],
      ] as const) {
        await main.getByRole("button", { name: button, exact: true }).click();
        await expect(versions.getByRole("row").filter({ hasText: worse }).getByText(state)).toBeVisible();
      }
      await expect(page.getByRole("table", { name: "Lineage" }).getByText("LoRA rank 2, alpha 4")).toBeVisible();
      await page.getByRole("tab", { name: "Files" }).click();
      await expect(
        page.getByRole("table", { name: "Files" }).getByText("onnx/model.onnx", { exact: true }),
      ).toBeVisible();
      await expectAccessible(page, "versions");
    });

    await test.step("a version is downloaded as llama.cpp loads it, made and checked by the server", async () => {
      const download = page.waitForEvent("download");
      await main.getByRole("button", { name: "Download", exact: true }).click();
      await page.getByRole("menuitem", { name: /^GGUF, F16/ }).click();
      const file = await download;
      expect(file.suggestedFilename()).toBe(`${worse}-gguf-f16.zip`);
      const files = await unzipArtifact(await readFile(await file.path()));
      const model = present(
        files.find(({ path }) => path.endsWith("-F16.gguf")),
        "GGUF file",
      );
      expect(Buffer.from(model.bytes.subarray(0, 4)).toString()).toBe("GGUF");
      await expect(main.getByText(/is saved, .* cosine of at least 0\.999/)).toBeVisible();
    });

    await test.step("the page embeds the question itself: the server gets a vector, never the text, and answers the same", async () => {
      const question = "Which routine puts a list into order?";
      const sent: string[] = [];
      const listen = (request: Request) => {
        sent.push(
          decodeURIComponent(`${request.url()} ${JSON.stringify(request.headers())} ${request.postData() ?? ""}`),
        );
      };
      page.on("request", listen);
      await page.getByRole("link", { name: "Playground", exact: true }).click();
      await page.getByRole("radio", { name: "In this page" }).check();
      const models = page.getByRole("group", { name: "Models in this page" });
      await expect(models.getByText(`${better} (in production)`)).toBeVisible();
      await page.getByRole("textbox", { name: "Question" }).fill(question);
      await expect(page.getByRole("button", { name: "Search", exact: true })).toBeDisabled();
      await models.getByRole("button", { name: /^Download and load \(\d.* MiB\)$/ }).click();
      await expect(
        models.getByText(/: ready on the processor .* agree with the model's own \(cosine (1\.0|0\.9999)/),
      ).toHaveCount(2, { timeout: 60_000 }); // Two models are fetched, loaded and held against their own vectors.
      const answers: SearchResponse[] = [];
      const answered = page.waitForResponse(async (response) => {
        if (!response.url().endsWith("/api/search")) return false;
        return answers.push((await response.json()) as SearchResponse) === 2;
      });
      await page.getByRole("button", { name: "Search", exact: true }).click();
      await answered;
      await expect(panel("In production").getByText(/embedded in this page in .* on the server in/)).toBeVisible();
      for (const { embedder, hits, seconds } of answers) {
        const address = `${studio.url}/api/search?${new URLSearchParams({ q: question, mode: "dense", model: embedder.model })}`;
        const byText = (await (await fetch(address)).json()) as SearchResponse;
        expect(embedder).toEqual(byText.embedder);
        expect(hits.map(({ chunkId }) => chunkId)).toEqual(byText.hits.map(({ chunkId }) => chunkId));
        hits.forEach(({ score }, i) => expect(score).toBeCloseTo(at(byText.hits, i).score, 4));
        expect(seconds.embed).toBe(0);
      }
      expect(answers.map(({ embedder }) => embedder.version).sort()).toEqual([null, better]);
      expect(sent.filter((request) => request.includes('"vector"'))).toHaveLength(2);
      expect(sent.filter((request) => /which routine|into order/i.test(request.replaceAll("+", " ")))).toEqual([]);
      await expectAccessible(page, "search in this page");
      page.off("request", listen);
      await models.getByRole("button", { name: "Remove downloads from this browser" }).click();
      await expect(models.getByRole("button", { name: /^Download and load/ })).toBeVisible();
    });

    await test.step("transformers.js in the browser loads what is in production from the hub address", async () => {
      // The library as its package ships it, at an address of the page's own origin, under the page's own policy.
      await page.route(`${studio.url}/vendor/*`, async (route) => {
        const name = new URL(route.request().url()).pathname.split("/").at(-1) ?? "";
        const from = name.startsWith("ort-") ? "onnxruntime-web/dist" : "@huggingface/transformers/dist";
        const contentType = name.endsWith(".wasm") ? "application/wasm" : "text/javascript";
        const headers = { "cross-origin-resource-policy": "same-origin" };
        await route.fulfill({ body: await readFile(`${modules}/${from}/${name}`), contentType, headers });
      });
      const bytesOf = (path: string) =>
        present(
          artifact.find((file) => file.path === path),
          path,
        ).bytes;
      const { dim, tuned } = readReference(bytesOf(REFERENCE_PATH));
      const { prompts } = JSON.parse(new TextDecoder().decode(bytesOf("config_sentence_transformers.json"))) as {
        prompts: { query: string };
      };
      const values = await page.evaluate(
        async ({ texts, library }) => {
          const { env, pipeline } = (await import(library)) as typeof import("@huggingface/transformers");
          env.remoteHost = location.origin;
          env.allowLocalModels = false;
          env.useBrowserCache = false;
          Object.assign(env.backends.onnx.wasm ?? {}, { wasmPaths: `${location.origin}/vendor/`, numThreads: 1 });
          const extract = await pipeline("feature-extraction", "recall-studio/production", {
            dtype: "fp32",
            device: "wasm",
          });
          const output = await extract(texts, { pooling: "last_token", normalize: true });
          return [...(output.data as Float32Array)];
        },
        { texts: PROBE_TEXTS.map((text) => prompts.query + text), library: `${studio.url}/vendor/transformers.min.js` },
      );
      expect(smallestCosine(Float32Array.from(values), tuned.query, dim)).toBeGreaterThan(0.9999);
    });

    await test.step("an adapter from elsewhere is imported by its folder, judged as unmeasured, promoted with a reason, and answers", async () => {
      const folder = await mkdtemp(join(tmpdir(), "elsewhere-"));
      try {
        for (const { path, bytes } of await trueArtifact(7))
          if (/^adapter_(config\.json|model\.safetensors)$/.test(path)) await writeFile(join(folder, path), bytes);
        await page.goto(`${studio.url}/models`);
        await main.getByLabel("Folder of an adapter").setInputFiles(folder);
        const versions = page.getByRole("table", { name: "Versions" });
        await expect(versions.getByRole("button", { name: /^v3-/ })).toBeVisible();
        const dialog = page.getByRole("dialog", { name: /^Promote v3-/ });
        await expect(dialog.getByText(/nobody has measured it/i).first()).toBeVisible();
        await dialog.getByRole("textbox").fill("Measured where it was trained.");
        await dialog.getByRole("checkbox").check();
        await dialog.getByRole("button", { name: "Promote anyway" }).click();
        await expect(dialog).toBeHidden();
        await expect(panel("In production").getByText(/^v3-/)).toBeVisible();
        const answer = async () => {
          const response = await fetch(`${studio.url}/api/search?q=sort`);
          const { embedder, hits } = (await response.json()) as SearchResponse;
          return `${embedder.version?.slice(0, 3)} ${hits.length}`;
        };
        await expect.poll(answer, { timeout: 15_000 }).toBe("v3- 3");
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    });

    await test.step("the API's description opens under the page's policy", async () => {
      await page.goto(`${studio.url}/docs`);
      await expect(page.getByRole("heading", { name: /Recall Studio/ })).toBeVisible();
      await expect(page.getByText("The best passages for a question", { exact: true })).toBeVisible();
      expect(refusedByPolicy).toEqual([]);
    });
  } finally {
    await studio.dispose();
  }
});
