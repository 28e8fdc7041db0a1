/** Names under which data sets keep their columns, in the form of {@link plainName}; earlier names win. */

/** `User Input`, `userInput`, `user-input` → `user_input`; of a nested column the last part. */
export const plainName = (column: string): string =>
  (column.split(".").at(-1) ?? column)
    .trim()
    .replace(/^#\s*/, "")
    .replace(/(\p{Ll})(\p{Lu})/gu, "$1_$2")
    .toLowerCase()
    .replace(/[\s-]+/g, "_");

export const QUERY_NAMES = [
  "query",
  "queries",
  "anchor",
  "anchors",
  "question",
  "questions",
  "messages",
  "user_input",
  "user_query",
  "user_question",
  "search_query",
  "search_term",
  "query_text",
  "question_text",
  "instruction",
  "prompt",
  "prompts",
  "input",
  "inputs",
  "q",
  "frage",
  "fragen",
  "anfrage",
  "suchanfrage",
  "pregunta",
  "consulta",
  "requête",
  "domanda",
  "pergunta",
  "vraag",
  "вопрос",
  "запрос",
  "问题",
  "問題",
  "查询",
  "質問",
  "질문",
];

/** Says by its name that it holds what answers the query; nothing has to be asked. */
export const POSITIVE =
  /^((pos|positives?)(_(ctxs?|contexts?|passages?|docs?|documents?|messages|texts?|samples?|chunks?|paragraphs?))?|chosen|relevant_(docs?|documents?|passages?|texts?)|gold_(passages?|docs?|documents?|contexts?))$/;

/** Names of texts that are searched. */
export const DOCUMENT_NAMES = [
  "document",
  "documents",
  "doc",
  "docs",
  "passage",
  "passages",
  "context",
  "contexts",
  "reference_contexts",
  "ctxs",
  "retrieved_contexts",
  "chunk",
  "chunks",
  "paragraph",
  "paragraphs",
  "document_text",
  "passage_text",
  "doc_text",
  "context_text",
  "chunk_text",
  "source_text",
  "evidence",
  "article",
  "content",
  "contents",
  "body",
  "snippet",
  "text",
  "texts",
  "dokument",
  "kontext",
  "absatz",
  "documento",
  "contexto",
  "文档",
  "文書",
  "段落",
];

/** Names of answers. They may be what is searched (a list of answers), or short ones beside the passage that is. */
export const ANSWER_NAMES = [
  "answer",
  "answers",
  "response",
  "responses",
  "completion",
  "completions",
  "output",
  "outputs",
  "reply",
  "reference_answer",
  "ground_truth",
  "ground_truths",
  "expected_output",
  "gold_answer",
  "best_answer",
  "reference",
  "solution",
  "antwort",
  "antworten",
  "respuesta",
  "réponse",
  "risposta",
  "resposta",
  "antwoord",
  "ответ",
  "答案",
  "回答",
  "답변",
];

export const NEGATIVE =
  /^((hard_?)?(neg|negatives?)(_(ctxs?|contexts?|passages?|docs?|documents?|messages|texts?|samples?|chunks?|paragraphs?))?|rejected(_response)?|irrelevant_(docs?|documents?|passages?))(_\d+)?$/;

/** `sentence1` and `sentence2`, `text_a` and `text_b`: the same stem twice. */
export const TWIN = /^(sentence|text|question|query|title|doc|document|sent)_?([12ab])$/;

export const SCORE =
  /(^|_)(scores?|similarity|similarities|sim|labels?|relevance|relevancy|relevant|grades?|ratings?|cosine|is_(selected|relevant|duplicate|match|positive|correct|answer|similar)|match(es|ed)?|quality|confidence|correct|judge?ments?)$/;
/** Scores of something else than the pair: of lists of explicit positives and negatives, of titles. */
export const OTHER_SCORE = /^(pos|positive|neg|negative|title|teacher)/;

/** A teacher's scores, as FlagEmbedding writes them (`pos_scores`, `neg_scores`), and as others call them. */
export const POSITIVE_SCORES = /^(pos|positives?)_scores?$/;
export const NEGATIVE_SCORES = /^(hard_?)?(neg|negatives?)_scores?$/;

const ID =
  /(^|_)(ids?|uuid|guid|hash|sha\d*|md5|urls?|uri|links?|index|idx|date|datetime|timestamp|created_at|updated_at)$/;
const ID_WORD = /^(docids?|qid|pid|did|cid|rowid|docno|key|nr|no|number|row|line|unnamed:_\d+)$/;
export const namesId = (name: string): boolean => ID.test(name) || ID_WORD.test(name);

const ALL = new Set([...QUERY_NAMES, ...DOCUMENT_NAMES, ...ANSWER_NAMES]);

/** Whether a name tells what a column holds. */
export const isKnownName = (column: string): boolean => {
  const name = plainName(column);
  return ALL.has(name) || [POSITIVE, NEGATIVE, TWIN].some((pattern) => pattern.test(name));
};
