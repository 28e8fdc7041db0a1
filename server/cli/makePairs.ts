/** `npm run pairs`: training pairs from what people have, and a reranker's scores beside them. */
import { isStarted } from "./command.ts";
import { pairsFromLangfuse } from "./langfuse/fromLangfuse.ts";
import { report } from "./problems.ts";
import { pairsFromDocuments } from "./questions/fromDocuments.ts";
import { scorePairs } from "./scorePairs.ts";

/** What is asked for. `--score` alone names a file to be scored, beside `--langfuse` the score by which people judged. */
export const askedFor = (args: readonly string[]): "langfuse" | "scores" | "questions" => {
  if (args.includes("--langfuse")) return "langfuse";
  return args.some((arg) => /^--(score|rerank)(=|$)/.test(arg)) ? "scores" : "questions";
};

const make = (args: string[]): Promise<number> => {
  switch (askedFor(args)) {
    case "langfuse":
      return pairsFromLangfuse(args, process.env);
    case "scores":
      return scorePairs(args.includes("--help") ? ["--help"] : args); // which no flag before it shall take as its value
    case "questions":
      return pairsFromDocuments(args);
  }
};

if (isStarted(import.meta.url))
  make(process.argv.slice(2)).then(
    // Dawn keeps the process alive; everything is written by now.
    (code) => process.exit(code),
    (thrown: unknown) => process.exit(report(thrown)),
  );
