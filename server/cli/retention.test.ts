import { join, resolve } from "node:path";
import { expect, test, vi } from "vitest";
import { generalSetMissing } from "../../src/domain/retention/index.ts";
import { loadBase, LoraAdapter } from "../../src/engine/index.ts";
import { openCliDevice } from "./device.ts";
import { openBase } from "./nodeModelFiles.ts";
import { tryRetention } from "./retention.ts";

test("a general set that is missing or was changed is said, and the command goes on", async () => {
  const said: string[] = [];
  const spy = vi.spyOn(console, "error").mockImplementation((line: string) => void said.push(line));
  const nano = join(resolve(import.meta.dirname, "../.."), "src/testing/fixtures/nano");
  const base = await loadBase(await openCliDevice("wasm"), openBase(nano));
  const adapter = LoraAdapter.create(base.session.kernels, base.config, { rank: 2, alpha: 4, seed: 1 });
  const missing = (): Uint8Array => {
    throw generalSetMissing();
  };
  for (const bytes of [missing, () => new TextEncoder().encode("{}")]) {
    expect(await tryRetention(base, adapter, base.prompts, bytes)).toBeNull();
    expect(said.at(-1)).toMatch(
      /^What the model still knows was not measured: .*Put public\/general\/pairs\.jsonl back/,
    );
  }
  spy.mockRestore();
});
