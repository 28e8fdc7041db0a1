/** `npm run check-store`: reads the whole embedded store of a stopped server and says what of it is damaged. */
import { join } from "node:path";
import { loadConfig } from "../config/config.ts";
import { inspectStore } from "../vectors/inspectStore.ts";
import { kinds, readFlags } from "./flags.ts";
import { report as reportProblem, UsageError } from "./problems.ts";

const FLAGS = {
  data: { schema: kinds.text, value: "DIR", help: "the server's data folder (STUDIO_DATA_DIR, ./data)" },
  json: { schema: kinds.switch, help: "one JSON object on stdout" },
};

const HELP = {
  about: "Reads the whole embedded store of a stopped server, and says what of it is damaged.",
  examples: ["npm run check-store", "npm run check-store -- --data /srv/studio/data --json"],
};

/** Exit codes: 0 sound, 1 damaged, 2 there is nothing that can be checked. */
const main = async (args: string[]): Promise<number> => {
  const flags = readFlags("check-store", FLAGS, args, HELP);
  if (!flags) return 0;
  const config = loadConfig(process.env);
  if (config.databaseUrl && flags.data === undefined)
    throw new UsageError(
      "store-not-embedded",
      "The documents are in the Postgres that DATABASE_URL names.",
      "Check it with Postgres' own pg_amcheck and pg_checksums.",
    );
  const found = await inspectStore(join(flags.data ?? config.dataDir, "vectors"));
  const { damage, documents, chunks, vectors, noted, relations, pages } = found;
  if (flags.json) process.stdout.write(`${JSON.stringify(found)}\n`);
  else
    process.stdout.write(
      [
        `${pages.toLocaleString("en")} pages of ${relations} tables and indexes read: ${documents} documents, ${chunks} passages, ${vectors} vectors.`,
        ...(noted !== null && noted > documents ? [`When the server last looked there were ${noted} documents.`] : []),
        ...damage.map((line) => `DAMAGED  ${line}`),
        damage.length === 0
          ? "No damage found."
          : "Restore the folder from a backup, or move it away and ingest the documents again.",
        "",
      ].join("\n"),
    );
  return damage.length === 0 ? 0 : 1;
};

main(process.argv.slice(2)).then(
  (code) => (process.exitCode = code),
  (thrown: unknown) => {
    reportProblem(thrown);
    process.exitCode = 2;
  },
);
