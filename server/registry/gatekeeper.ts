import { join } from "node:path";
import { z } from "zod";
import { evaluationRecordSchema } from "../../src/domain/artifact/index.ts";
import type { BaseStore } from "./bases.ts";
import { evaluateGate } from "./gate.ts";
import { GATE_METRIC, type GateSubject } from "./gateSubject.ts";
import type { Gatekeeper, Registry, StoredVersion } from "./registry.ts";
import { readPlainText } from "../lib/plainFile.ts";

const promptsSchema = z.object({ prompts: z.object({ query: z.string(), document: z.string() }) });

/** Gathers what the gate judges by: fresh digests, the folder's prompt, this server's base, the scores of each query. */
export const createGatekeeper =
  (registry: Registry, bases: BaseStore, settings: { margin: number; model: string | null }): Gatekeeper =>
  async (candidate, production) => {
    const { record, directory } = candidate;
    const damage = await registry.inspect(record.version, true);
    return evaluateGate({
      candidate: await subjectOf(candidate),
      production: production && (await subjectOf(production)),
      damage,
      configuredPrompt: await readPrompts(directory),
      localBase: await bases.local(record.base.id),
      configuredBase: settings.model,
      margin: settings.margin,
    });
  };

/** A folder that cannot be read any more is damaged, which the digests report; the prompt is then unknown. */
const readPrompts = async (directory: string): Promise<{ query: string; document: string } | null> => {
  const text = await readPlainText(join(directory, "config_sentence_transformers.json")).catch(() => null);
  if (text === null) return null;
  const parsed = promptsSchema.safeParse(parseOrNull(text));
  return parsed.success ? parsed.data.prompts : null;
};

const subjectOf = async ({ record, directory }: StoredVersion): Promise<GateSubject> => {
  const text = await readPlainText(join(directory, "evaluation.json")).catch(() => null);
  const parsed = text === null ? null : evaluationRecordSchema.safeParse(parseOrNull(text));
  const scores = parsed?.success ? parsed.data.tuned[GATE_METRIC] : undefined;
  const { comparisons, ...facts } = record;
  return {
    ...facts,
    comparisons,
    perQuery: scores && parsed?.success ? { scores, components: parsed.data.components } : null,
  };
};

const parseOrNull = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return null; // An altered file: the digest check names it.
  }
};
