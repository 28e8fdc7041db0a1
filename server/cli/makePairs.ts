/** `npm run pairs`: training pairs from what people have. */
import { isStarted } from "./command.ts";
import { report } from "./problems.ts";
import { pairsFromDocuments } from "./questions/fromDocuments.ts";

if (isStarted(import.meta.url))
  pairsFromDocuments(process.argv.slice(2)).then(
    // Dawn keeps the process alive; everything is written by now.
    (code) => process.exit(code),
    (thrown: unknown) => process.exit(report(thrown)),
  );
