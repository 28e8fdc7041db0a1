import { readFile, writeFile } from "./opfs.ts";

const PATH = "tuning.json";

const choices = async (): Promise<Record<string, string>> => {
  const bytes = await readFile(PATH);
  return bytes === null ? {} : (JSON.parse(new TextDecoder().decode(bytes)) as Record<string, string>);
};

/** Kernels chosen for each graphics adapter, over visits. Losing them costs a second, so nothing that fails here stops the engine. */
export const tuning = {
  read: async (key: string): Promise<string | null> =>
    choices().then(
      (known) => known[key] ?? null,
      () => null,
    ),
  write: async (key: string, value: string): Promise<void> => {
    const known = await choices().catch(() => ({}));
    await writeFile(PATH, JSON.stringify({ ...known, [key]: value })).catch(() => undefined);
  },
};
