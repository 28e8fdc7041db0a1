import { useState } from "react";
import { MAX_EXAMPLES } from "../../../domain/questions/prompts.ts";
import { PAGE_MODEL_NAME } from "../../../domain/questions/pageModel.ts";
import type { Caps } from "../../../domain/questions/estimate.ts";
import type { WriterChoice, WritingLimits, WritingSettings, WritingView } from "../../../app/questions/store.ts";

/** What the form holds, as it is typed. */
export interface WritingForm {
  kind: WriterChoice["kind"];
  url: string;
  model: string;
  /** Of the endpoint, where it wants one. Held here alone: it is no setting, so it is never stored. */
  key: string;
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
    key: "",
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

const writerIn = ({ kind, url, model }: WritingForm, serverModel: string | null): WriterChoice => {
  if (kind === "weak") return { kind };
  if (kind === "page") return { kind, model: PAGE_MODEL_NAME };
  return kind === "server" ? { kind, model: serverModel ?? "" } : { kind, url: url.trim(), model: model.trim() };
};

/** @param serverModel  the one that the studio's server writes with; null without one */
export const settingsOf = (form: WritingForm, serverModel: string | null): WritingSettings => ({
  writer: writerIn(form, serverModel),
  perPassage: form.perPassage,
  examples: form.kind === "weak" ? [] : examplesIn(form.examples),
  seed: SEED,
});

const capsOf = ({ capTokens, capCost, priceIn, priceOut }: WritingForm): Caps => ({
  ...(capTokens !== "" && { tokens: capTokens }),
  ...(capCost !== "" && { cost: capCost }),
  ...((priceIn !== "" || priceOut !== "") && { prices: { input: Number(priceIn), output: Number(priceOut) } }),
});

/** @see WritingLimits */
export const limitsOf = (form: WritingForm): WritingLimits => ({
  caps: capsOf(form),
  key: form.kind === "endpoint" && form.key.trim() !== "" ? form.key.trim() : null,
});

/** What is missing before it can begin, as an order; null when nothing is. */
export const missingIn = (form: WritingForm, serverModel: string | null): string | null => {
  const { kind, url, model, capCost, priceIn, priceOut } = form;
  if (kind === "weak" || kind === "page") return null;
  if (kind === "server") return serverModel === null ? "Choose another writer: the server has none" : null;
  if (!URL.canParse(url.trim())) return "Give the address of the model's server";
  if (model.trim() === "") return "Give the model's name";
  return capCost !== "" && priceIn === "" && priceOut === "" ? "Give the prices that the bound on cost needs" : null;
};

/** Whether the form asks for what was written already. */
export const goesOn = (form: WritingForm, serverModel: string | null, writing: WritingView | null): boolean =>
  JSON.stringify(writing?.settings) === JSON.stringify(settingsOf(form, serverModel));
