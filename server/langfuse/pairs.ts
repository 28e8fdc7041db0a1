import type { LangfuseLine, LangfusePreview } from "../../src/domain/api/index.ts";
import type { Judged } from "../../src/domain/judged/types.ts";
import { applyMapping, findFields, guessMapping } from "../../src/domain/langfuse/mapping.ts";
import type { JudgedItem, Mapping, Source } from "../../src/domain/langfuse/types.ts";
import type { LangfuseForms } from "./forms.ts";
import { readSource, type ReadOptions } from "./read.ts";

/** A look is taken at so many judged items, and at most at so many at all. */
const LOOK_JUDGED = 50;
const LOOK_READ = 2000;
const ROWS = 10;
/** Texts are cut for the look. */
const CHARACTERS = 400;
const DOCUMENTS = 5;

const cut = (text: string): string => (text.length > CHARACTERS ? `${text.slice(0, CHARACTERS).trimEnd()}…` : text);
const some = (texts: readonly string[] = []): string[] => texts.slice(0, DOCUMENTS).map(cut);

/** A look at the newest judged items: which fields there are, which are taken, and what pairs they give. */
export const previewPairs = async (
  forms: LangfuseForms,
  source: Source,
  chosen: Mapping | null,
  signal?: AbortSignal,
): Promise<LangfusePreview> => {
  const judged: JudgedItem[] = [];
  const unjudged: JudgedItem[] = [];
  let read = 0;
  let whole = false;
  for await (const event of readSource(forms, source, { mapping: chosen, newestFirst: true, signal })) {
    if (event.type === "scores") continue;
    read += event.items.length;
    for (const item of event.items) {
      if (item.verdicts.length > 0) judged.push(item);
      else if (unjudged.length < LOOK_JUDGED) unjudged.push(item);
    }
    whole = event.next === null;
    if (judged.length >= LOOK_JUDGED || read >= LOOK_READ) break;
  }
  // Without a single judgement the fields are still shown, so that the score can be chosen anew.
  const fields = findFields(judged.length > 0 ? judged.slice(0, LOOK_JUDGED) : unjudged);
  const mapping = chosen ?? guessMapping(fields);
  const mapped = mapping ? judged.map((item) => applyMapping(item, mapping)) : [];
  const rows = mapped.filter((one): one is Judged => typeof one !== "string");
  return {
    fields: { ...fields, questions: fields.questions.map(mutable), documents: fields.documents.map(mutable) },
    mapping: mapping && {
      question: [...mapping.question],
      documents: [...mapping.documents],
      negatives: mapping.negatives && [...mapping.negatives],
      first: mapping.first,
    },
    rows: rows.slice(0, ROWS).map(({ at, query, documents, negatives, verdicts }) => ({
      at,
      query: cut(query),
      documents: some(documents),
      negatives: some(negatives),
      verdicts: [...verdicts],
    })),
    looked: { read, judged: judged.length, unmapped: mapping ? mapped.length - rows.length : judged.length, whole },
    answered: forms.answered,
  };
};

const mutable = <T extends { path: Mapping["question"] }>(field: T) => ({
  ...field,
  path: [...field.path] as [T["path"][0], ...string[]],
});

/** Everything that was judged, page by page, as the lines of an answer. @throws what `readSource` throws */
export async function* judgedPages(
  forms: LangfuseForms,
  source: Source,
  mapping: Mapping,
  options: ReadOptions,
): AsyncGenerator<Exclude<LangfuseLine, { type: "problem" }>> {
  for await (const event of readSource(forms, source, { ...options, mapping })) {
    if (event.type === "scores") {
      yield { type: "scores", ...event.counts };
      continue;
    }
    const judged = event.items.filter(({ verdicts }) => verdicts.length > 0);
    const mapped = judged.map((item) => applyMapping(item, mapping));
    const taken = mapped.filter((one): one is Judged => typeof one !== "string");
    yield {
      type: "page",
      judged: taken.map(({ id, at, query, documents, negatives = [], verdicts }) => ({
        id,
        at,
        query,
        documents: [...documents],
        negatives: [...negatives],
        verdicts: [...verdicts],
      })),
      read: event.items.length,
      unjudged: event.items.length - judged.length,
      unmapped: judged.length - taken.length,
      archived: event.archived,
      share: event.share,
      next: event.next,
    };
  }
  yield { type: "end", answered: forms.answered };
}
