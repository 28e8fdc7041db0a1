/** `npm run pairs`: training pairs from what people have, and a reranker's scores beside them. */
import { isStarted } from "./command.ts";
import { pairsFromLangfuse } from "./langfuse/fromLangfuse.ts";
import { report } from "./problems.ts";
import { pairsFromDocuments } from "./questions/fromDocuments.ts";
import { scorePairs } from "./scorePairs.ts";

const make = (args: string[]): Promise<number> => {
  if (args.some((arg) => /^--score(=|$)/.test(arg))) return scorePairs(args);
  return args.includes("--langfuse") ? pairsFromLangfuse(args, process.env) : pairsFromDocuments(args);
};

if (isStarted(import.meta.url))
  make(process.argv.slice(2)).then(
    // Dawn keeps the process alive; everything is written by now.
    (code) => process.exit(code),
    (thrown: unknown) => process.exit(report(thrown)),
  );
