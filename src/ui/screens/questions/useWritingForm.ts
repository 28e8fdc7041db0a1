import { useState } from "react";
import { MAX_EXAMPLES } from "../../../domain/questions/prompts.ts";
import type { Caps } from "../../../domain/questions/estimate.ts";
import type { WriterChoice, WritingSettings, WritingView } from "../../../app/questions/store.ts";

/** What the form holds, as it is typed. */
export interface WritingForm {
  kind: WriterChoice["kind"];
  url: string;
  model: string;
  perPassage: number;
  /** One question a line. */
  examples: string;
  /** Empty: no bound, no price. */
  capTokens: number | "";
  capCost: number | "";
  priceIn: number | "";
  priceOut: number | "";
}

/** Where Ollama listens unless it is told otherwise. */
const OLLAMA = "http://127.0.0.1:11434/v1";
const SEED = 42;

/** Questions, one a line, without those beyond what a prompt shows. */
export const examplesIn = (text: string): string[] =>
  text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .slice(0, MAX_EXAMPLES);

/** The form, filled with what was used last. */
export const useWritingForm = (last: WritingSettings | undefined) => {
  const [form, setForm] = useState<WritingForm>(() => ({
    kind: last?.writer.kind ?? "endpoint",
    url: last?.writer.kind === "endpoint" ? last.writer.url : OLLAMA,
    model: last?.writer.kind === "endpoint" ? last.writer.model : "",
    perPassage: last?.perPassage ?? 2,
    examples: last?.examples.join("\n") ?? "",
    capTokens: "",
    capCost: "",
    priceIn: "",
    priceOut: "",
  }));
  const change = (patch: Partial<WritingForm>) => setForm((now) => ({ ...now, ...patch }));
  return { form, change };
};

export const settingsOf = ({ kind, url, model, perPassage, examples }: WritingForm): WritingSettings => ({
  writer: kind === "weak" ? { kind } : { kind, url: url.trim(), model: model.trim() },
  perPassage,
  examples: examplesIn(examples),
  seed: SEED,
});

export const capsOf = ({ capTokens, capCost, priceIn, priceOut }: WritingForm): Caps => ({
  ...(capTokens !== "" && { tokens: capTokens }),
  ...(capCost !== "" && { cost: capCost }),
  ...((priceIn !== "" || priceOut !== "") && { prices: { input: Number(priceIn), output: Number(priceOut) } }),
});

/** What is missing before it can begin, as an order; null when nothing is. */
export const missingIn = ({ kind, url, model, capCost, priceIn, priceOut }: WritingForm): string | null => {
  if (kind === "weak") return null;
  if (!URL.canParse(url.trim())) return "Give the address of the model's server";
  if (model.trim() === "") return "Give the model's name";
  return capCost !== "" && priceIn === "" && priceOut === "" ? "Give the prices that the bound on cost needs" : null;
};

/** Whether the form asks for what was written already. */
export const goesOn = (form: WritingForm, writing: WritingView | null): boolean =>
  JSON.stringify(writing?.settings) === JSON.stringify(settingsOf(form));
