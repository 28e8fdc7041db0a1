import type { SelfTestReport } from "../domain/training/types.ts";
import { readFile, writeFile } from "./opfs.ts";

const PATH = "self-tests.json";

/** A new browser brings a new shader compiler: its passes are its own. */
const here = (key: string): string => `${navigator.userAgent} ${key}`;

const kept = async (): Promise<Record<string, SelfTestReport>> => {
  const bytes = await readFile(PATH);
  return bytes === null ? {} : (JSON.parse(new TextDecoder().decode(bytes)) as Record<string, SelfTestReport>);
};

/** Self-tests that this browser passed, over visits. Losing them costs one more test, so nothing that fails here stops the engine. */
export const selfTests = {
  read: async (key: string): Promise<SelfTestReport | null> =>
    kept().then(
      (known) => known[here(key)] ?? null,
      () => null,
    ),
  write: async (key: string, report: SelfTestReport): Promise<void> => {
    const known = await kept().catch(() => ({}));
    await writeFile(PATH, JSON.stringify({ ...known, [here(key)]: report })).catch(() => undefined);
  },
};
