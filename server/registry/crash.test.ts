import { spawn } from "node:child_process";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import pino from "pino";
import { expect, it } from "vitest";
import { loadConfig } from "../config/config.ts";
import { longTests } from "../../src/testing/longTests.ts";
import { temporaryStudio } from "../testing/folder.ts";
import { BaseStore } from "./bases.ts";
import { Registry } from "./registry.ts";
import { verifyFolder } from "./verification.ts";

/** Kills of one test run. */
const ROUNDS = longTests ? 200 : 8;

interface Said {
  about?: string;
  registered?: string;
  production?: string | null;
}

/** What a cycle of the child says that it is about to do; killed shortly after one of these, at random. */
const STEPS = ["upload", "commit", "promote", "rollback"];
const LONGEST_STEP_MS = 60;

/** Runs the child and kills it during one of its steps; gives what it had said until then. */
const runAndKill = (root: string, seed: number): Promise<Said[]> =>
  new Promise((resolve, reject) => {
    const child = spawn(
      process.execPath,
      [
        "--import",
        "./server/lib/typescript.mjs",
        join(import.meta.dirname, "../testing/crashChild.ts"),
        root,
        String(seed),
      ],
      {
        stdio: ["ignore", "pipe", "pipe"],
      },
    );
    const step = STEPS[Math.floor(Math.random() * STEPS.length)];
    let wait = 1 + Math.floor(Math.random() * 2);
    let out = "";
    let errors = "";
    child.stdout.on("data", (chunk: Buffer) => {
      out += chunk.toString();
      // Steps already over count too: a slow parent must not miss its cue.
      wait -= chunk.toString().split(`"about":"${step}"`).length - 1;
      if (wait <= 0) setTimeout(() => child.kill("SIGKILL"), Math.random() * LONGEST_STEP_MS);
    });
    child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
    child.on("exit", (_code, signal) => {
      if (signal !== "SIGKILL") return reject(new Error(`The child ended by itself: ${errors}`));
      resolve(
        out
          .split("\n")
          .slice(0, -1)
          .map((line) => JSON.parse(line) as Said),
      );
    });
  });

it(
  `opens whole after ${ROUNDS} kills at random points`,
  async () => {
    const { root, remove } = await temporaryStudio();
    const folder = join(root, "models/fine_tuned");
    const bases = new BaseStore(join(root, "models/base"), join(root, "digests.json"));
    let seen = 0;
    let recovered = 0;
    let acknowledged = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const said = await runAndKill(root, 1 + round * 1000);
      const registry = await Registry.open({
        root: folder,
        limits: loadConfig({}).limits,
        keep: 2,
        logger: pino({ level: "silent" }),
        verify: (directory) => verifyFolder(directory, bases),
      });
      try {
        const events = registry.events();
        // Everything acknowledged is in the log, in order, and at most one more of each kind that was not said any more.
        for (const [types, told] of [
          [["registered"], said.flatMap(({ registered }) => (registered ? [registered] : []))],
          [
            ["promoted", "rolled-back"],
            said.flatMap(({ production }) => (production === undefined ? [] : [production])),
          ],
        ] as const) {
          const logged = events
            .filter(
              ({ seq, type, correlationId }) =>
                seq > seen && types.some((each) => each === type) && correlationId === "child",
            )
            .map(({ type, version, to }) => (type === "registered" ? version : to));
          expect(logged.slice(0, told.length)).toEqual(told);
          expect(logged.length - told.length).toBeLessThanOrEqual(1);
        }
        acknowledged += said.filter(({ about }) => about === undefined).length;
        recovered += events.filter(({ seq, correlationId }) => seq > seen && correlationId === "recovery").length;
        seen = events.length;
        const { production } = registry.lineage();
        if (production) expect(registry.find(production)).not.toBeNull();

        // No half version: whatever is listed is whole, byte for byte; nothing else is in the folder.
        for (const { record } of registry.list()) expect(await registry.inspect(record.version, true)).toBeNull();
        const names = (await readdir(folder)).sort();
        expect(names).toEqual(
          [
            ".incoming",
            ".lock",
            // There is none before the first event.
            ...(events.length > 0 ? ["events.head.json"] : []),
            "events.jsonl",
            ...registry.list().map(({ record }) => record.version),
          ].sort(),
        );
        expect(await readdir(join(folder, ".incoming"))).toEqual([]);
      } finally {
        await registry.close();
      }
    }
    // Or the child did nothing worth killing it for.
    expect(acknowledged).toBeGreaterThan(ROUNDS / 2);
    process.stdout.write(
      `crash test: ${ROUNDS} kills, ${acknowledged} acknowledgements kept, ${recovered} versions taken up by recovery\n`,
    );
    await remove();
  },
  ROUNDS * 15_000,
);
