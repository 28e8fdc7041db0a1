/** `npm run publish`: a tuned model to a repository of the Hugging Face hub. */
import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { z } from "zod";
import { Secret } from "../lib/secret.ts";
import { HUB_URL, publish } from "../publish/publish.ts";
import { isStarted } from "./command.ts";
import { kinds, readFlags, type Help } from "./flags.ts";
import { openFolder } from "./nodeModelFiles.ts";
import { report, UsageError } from "./problems.ts";
import { publishedFiles } from "./publishFolder.ts";

const FLAGS = {
  artifact: {
    schema: kinds.required("a folder"),
    required: true,
    value: "DIR",
    help: "an artifact, or a form that npm run export has written",
  },
  repo: {
    schema: z
      .string("is missing; it takes owner/name")
      .max(200)
      .regex(/^\w[\w.-]*\/\w[\w.-]*$/, "takes owner/name, as on the hub"),
    required: true,
    value: "OWNER/NAME",
    help: "repository, which is made where it is not there",
  },
  private: { schema: kinds.switch, help: "a repository that is made is seen by you alone" },
  message: { schema: kinds.text, value: "TEXT", help: "message of the commit" },
  json: { schema: kinds.switch, help: "one JSON object on stdout" },
};

const HELP: Help = {
  about:
    "Uploads a tuned model to the Hugging Face hub (HF_ENDPOINT names another one) in one commit. The token comes from HF_TOKEN or is asked for; it is kept nowhere.",
  examples: ["HF_TOKEN=… npm run publish -- --artifact tuned/ --repo me/support-embedder --private"],
};

/** Exit codes: 0 published, 2 what the person can mend, 1 everything else. */
export const publishModel = async (args: string[]): Promise<number> => {
  const flags = readFlags("publish", FLAGS, args, HELP);
  if (!flags) return 0;
  const files = await publishedFiles(openFolder("artifact", flags.artifact));
  const token = await tokenOf(process.env.HF_TOKEN);
  const done = new Set<string>();
  const published = await publish(
    {
      repo: flags.repo,
      isPrivate: flags.private,
      files,
      title: flags.message ?? "Upload from Recall Studio",
      token,
      hubUrl: (process.env.HF_ENDPOINT ?? HUB_URL).replace(/\/+$/, ""),
    },
    (path, share) => {
      if (share < 1 || done.has(path)) return;
      done.add(path);
      console.error(`${path} is there`);
    },
  );
  console.log(
    flags.json
      ? JSON.stringify({ ...published, files: files.length })
      : `${files.length} files published at ${published.url}, commit ${published.commit}`,
  );
  return 0;
};

/** The token of the environment, or one that is typed unseen. @throws UsageError without either */
const tokenOf = async (given: string | undefined): Promise<Secret> => {
  if (given?.trim()) return new Secret(given.trim());
  if (!process.stdin.isTTY)
    throw new UsageError(
      "usage",
      "HF_TOKEN is not set, and there is no terminal to ask for the token.",
      "Make a token with write access (huggingface.co, Settings, Access Tokens) and set HF_TOKEN.",
    );
  process.stderr.write("Token of the hub, with write access (it is not shown): ");
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: silent, terminal: true });
  const typed = (await lines.question("")).trim();
  lines.close();
  process.stderr.write("\n");
  if (typed === "") throw new UsageError("usage", "No token was typed.", "Type it, or set HF_TOKEN.");
  return new Secret(typed);
};

if (isStarted(import.meta.url))
  publishModel(process.argv.slice(2)).then(
    (code) => process.exit(code),
    (thrown: unknown) => process.exit(report(thrown)),
  );
