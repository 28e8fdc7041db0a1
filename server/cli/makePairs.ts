/** `npm run pairs`: training pairs from what people have. */
import { isStarted } from "./command.ts";
import { pairsFromLangfuse } from "./langfuse/fromLangfuse.ts";
import { report } from "./problems.ts";
import { pairsFromDocuments } from "./questions/fromDocuments.ts";

const make = (args: string[]): Promise<number> =>
  args.includes("--langfuse") ? pairsFromLangfuse(args, process.env) : pairsFromDocuments(args);

if (isStarted(import.meta.url))
  make(process.argv.slice(2)).then(
    // Dawn keeps the process alive; everything is written by now.
    (code) => process.exit(code),
    (thrown: unknown) => process.exit(report(thrown)),
  );
