/** One plain sentence for each term that a newcomer may not know. */
export const GLOSSARY = {
  "recall@k": "The share of right documents that stand among the first k results.",
  MRR: "Mean reciprocal rank: 1 for a right document in first place, ½ in second, ⅓ in third, averaged over all queries.",
  NDCG: "Normalized discounted cumulative gain: counts right documents among the first ten, higher places and better grades for more.",
  MAP: "Mean average precision: how early all right documents of a query come, averaged over all queries.",
  BM25: "Search by matching words, without any model: what a tuned model should beat.",
  "LoRA rank": "How many directions the adapter may change in each layer: more can learn more, and needs more memory.",
  "LoRA alpha": "How strongly the adapter counts: its output is scaled by alpha divided by rank.",
  scale: "How sharply the loss tells similar texts apart: the cosine is multiplied by it.",
  Matryoshka: "Training that puts the most important information first, so that embeddings can be cut short.",
  margin:
    "How much less similar than the right document a hard negative must be, so that no right answer counts as wrong.",
  patience: "How many dev scores without a better one end the training.",
  "p-value": "How often chance alone would give a change at least this large; below 0.05 counts as clear.",
  "95 % interval": "Where the true value very likely lies, given how many queries were asked.",
  "smallest detectable change":
    "The smallest true change that this many independent queries would show in four of five tests.",
  strength: "How much of the adapter is added to the base: 0 is the baseline, 1 the model as trained.",
  dimension: "How many numbers an embedding has; fewer need less memory and are searched faster.",
  PCA: "Draws the two directions in which the embeddings vary most; fast, and the same every time.",
  UMAP: "Draws neighbors close together; shows groups well, distances between groups mean little.",
  cosine: "How similar two embeddings are: 1 is the same direction, 0 is unrelated.",
  fingerprint: "A checksum over base, adapter and prompt: two models with the same one answer alike.",
  chunk: "A piece of a document, small enough to be embedded at once.",
  embedding: "The list of numbers by which a model describes a text; texts of like meaning get like numbers.",
  "base model": "The model that a run begins with; its files are never changed.",
  baseline: "The base model without tuning: what a tuned model is measured against.",
  adapter: "The small file that training makes; added to the base model it gives the tuned model.",
  "hard negative": "A document that looks like an answer to a question but is none.",
  token: "A piece of text as a model reads it: a short word is one, a long word several.",
  split:
    "The cut of the pairs into train (to learn from), dev (to choose the best step) and test (to judge the result once).",
  seed: "The number behind a random choice: with the same one, the choice comes out the same again.",
  "independent group":
    "Pairs that share a question or a document, directly or through others; they stay in one part of the split.",
  "robust deviation":
    "How far a value is from the middle one, in the usual distance of the others; few lie more than three and a half away.",
  "hybrid search":
    "Search by words (BM25) and by embeddings at once; the two lists of results are merged by their places.",
  "general set":
    "The 240 everyday questions in five languages that come with the studio: what a model finds of them before and after tuning says what it forgot.",
  "false negative":
    "A document that counts as wrong in training although it answers the question: nobody has marked it as right.",
  "teacher scores":
    "How well a stronger model, such as a reranker, finds each document to answer; the smaller model learns to agree with it.",
  "mixed precision":
    "Training whose largest products multiply numbers of 16 bits and add them up in 32: less work for a graphics card that is built for it.",
  reranking:
    "A second model reads the question together with each of the first results and orders them anew: slower, and often better.",
  "near duplicate": "Two texts that are almost the same, letter by letter.",
} as const;

export type TermName = keyof typeof GLOSSARY;
