import { expect, test } from "vitest";
import { filesToImport, isAboutFolder, isModelFolder } from "./importFolder.ts";

const named = (...names: string[]) => names.map((name) => ({ name, file: new Blob([name]) }));
const paths = async (...names: string[]) => (await filesToImport(named(...names))).files.map(({ path }) => path).sort();

test("of an adapter from elsewhere only what the server reads goes there, from wherever in the folder it lies", async () => {
  const folder = named(
    "run/checkpoint-300/adapter_config.json",
    "run/checkpoint-300/adapter_model.safetensors",
    "run/checkpoint-300/optimizer.pt",
    "run/checkpoint-300/1_Pooling/config.json",
    "run/args.json",
  );
  const { name, files } = await filesToImport(folder);
  expect(name).toBe("checkpoint-300");
  expect(files.map(({ path }) => path).sort()).toEqual([
    "1_Pooling/config.json",
    "adapter_config.json",
    "adapter_model.safetensors",
  ]);
  expect(new TextDecoder().decode(files[0]?.bytes)).toBe("run/checkpoint-300/adapter_config.json");
  expect(isModelFolder(folder.map((one) => one.name))).toBe(true);
  expect(isModelFolder(["docs/readme.md"])).toBe(false);
});

test("an artifact of the studio goes as a whole, but for what the system or a server put beside it", async () => {
  expect(
    await paths(
      "adapter_config.json",
      "adapter_model.safetensors",
      "manifest.json",
      "README.md",
      ".DS_Store",
      "onnx/model.onnx",
    ),
  ).toEqual(["README.md", "adapter_config.json", "adapter_model.safetensors", "manifest.json"]);
});

test("what is no adapter, or has no weights, is named with what to do", async () => {
  await expect(paths("model.safetensors", "config.json")).rejects.toMatchObject({
    code: "import-unknown",
    hint: expect.stringContaining("npm run import"),
  });
  await expect(paths("adapter_config.json", "adapter_model.bin")).rejects.toMatchObject({
    code: "adapter-missing",
    hint: expect.stringContaining("save_pretrained writes"),
  });
});

test("a refusal of what the folder holds is told from what may pass by itself", () => {
  const of = (code: string) => isAboutFolder({ code, message: "", hint: "" });
  for (const code of [
    "adapter-not-finite",
    "safetensors-invalid",
    "adapter-unsupported",
    "artifact-unchanged",
    "pooling-unsupported",
  ])
    expect(of(code), code).toBe(true);
  for (const code of ["server-unreachable", "disk-full", "unauthorized", "import-base-missing", "artifact-missing"])
    expect(of(code), code).toBe(false);
});
