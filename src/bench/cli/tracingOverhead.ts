/**
 * `npm run bench:tracing`: what tracing costs ingestion. Two studios on folders of their own take the same
 * documents in turns, one with spans that go to a receiver in another process, one without any; which one begins is drawn
 * by lot each round, so that whatever else the machine does falls on both alike. Because that noise can be larger than the
 * effect, the spans of a round are then made, queued and delivered once more with nothing else between them: their CPU time
 * over that of a round without tracing is the cost, and an upper bound, since each span is sent alone there.
 */
import { fork } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { createServer } from "node:http";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { buildApp } from "../../../server/app.ts";
import { kinds, readFlags } from "../../../server/cli/flags.ts";
import { loadConfig } from "../../../server/config/config.ts";
import { PROJECT_ROOT } from "../../../server/lib/project.ts";
import type { Studio } from "../../../server/routes/container.ts";
import { modelAttributes } from "../../../server/serving/facts.ts";
import { openStudio } from "../../../server/studio.ts";
import { createLog } from "../../../server/telemetry/logs.ts";
import { retrievalPaths, type IngestJob } from "../../domain/api/index.ts";
import { at, present } from "../../domain/present.ts";
import { ATTRIBUTE } from "../../domain/telemetry/attributes.ts";

const FLAGS = {
  rounds: { value: "N", help: "rounds that count (default 20)", schema: kinds.whole(3, 1000).default(20) },
  documents: { value: "N", help: "documents a round (default 64)", schema: kinds.whole(1, 1000).default(64) },
};

/** A receiver that takes everything, so that its work is not measured. Prints its port to the parent. */
const receive = (): void => {
  const server = createServer((request, response) => {
    request.resume().on("end", () => response.writeHead(200, { "content-type": "application/json" }).end("{}"));
  });
  server.listen(0, "127.0.0.1", () => process.send?.((server.address() as { port: number }).port));
};

interface Arm {
  studio: Studio;
  app: Awaited<ReturnType<typeof buildApp>>;
  /** Milliseconds of wall clock up to the job's end, and of CPU up to the last delivered span, a round. */
  wall: number[];
  cpu: number[];
}

const openArm = async (folder: string, langfuse: string | null): Promise<Arm> => {
  await mkdir(join(folder, "models/base"), { recursive: true });
  await symlink(
    join(PROJECT_ROOT, "models/base/qwen3-embedding-tiny"),
    join(folder, "models/base/qwen3-embedding-tiny"),
  );
  const keys = langfuse ? { LANGFUSE_PUBLIC_KEY: "pk", LANGFUSE_SECRET_KEY: "sk", LANGFUSE_BASE_URL: langfuse } : {};
  const config = loadConfig(
    { RATE_LIMIT_PER_MINUTE: "0", LOG_LEVEL: "silent", EMBEDDING_THREADS: "1", ...keys },
    folder,
  );
  const log = createLog({ logLevel: "silent", logPretty: false });
  const studio = await openStudio(config, { log, tracing: langfuse !== null });
  const app = await buildApp(studio);
  await app.ready();
  await studio.models.ready();
  return { studio, app, wall: [], cpu: [] };
};

const ingest = async ({ app, studio, wall, cpu }: Arm, documents: object[]): Promise<void> => {
  const began = performance.now();
  const used = process.cpuUsage();
  const taken = await app.inject({ method: "POST", url: retrievalPaths.ingest, payload: { documents } });
  const { id } = taken.json<{ job: IngestJob }>().job;
  const { jobs, telemetry, langfuse } = studio;
  let job = await jobs.get(id);
  while (job && ["queued", "running"].includes(job.state)) {
    await new Promise((done) => setTimeout(done, 5));
    job = await jobs.get(id);
  }
  if (job?.state !== "done") throw new Error(`ingestion ended as ${job?.state}`);
  wall.push(performance.now() - began);
  await telemetry.flush();
  await langfuse?.drain(10_000);
  const { user, system } = process.cpuUsage(used);
  cpu.push((user + system) / 1000);
};

/** CPU milliseconds of so many batch spans, each written to the queue and delivered by itself. */
const spansAlone = async ({ studio }: Arm, spans: number): Promise<number> => {
  const { telemetry, langfuse, models } = studio;
  const attributes = {
    ...modelAttributes(models.current().identity),
    [ATTRIBUTE.chunks]: 16,
    [ATTRIBUTE.documents]: 16,
  };
  const used = process.cpuUsage();
  for (let i = 0; i < spans; i += 1) {
    await telemetry.span(
      "ingestion.batch",
      { [ATTRIBUTE.observationType]: "embedding", ...attributes },
      async () => {},
    );
    await telemetry.flush();
    await langfuse?.drain(10_000);
  }
  const { user, system } = process.cpuUsage(used);
  return (user + system) / 1000;
};

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Mean of the middle half, which a round that something else slowed down does not move. */
const middle = (values: readonly number[]): number => {
  const quarter = Math.floor(values.length / 4);
  return mean(values.toSorted((a, b) => a - b).slice(quarter, values.length - quarter));
};

/**
 * What tracing adds, in percent of what a round takes without: the average of the paired differences with a 95 % interval
 * from 10,000 resamplings of the rounds.
 */
const overhead = (
  on: readonly number[],
  off: readonly number[],
  average: (values: readonly number[]) => number,
): { percent: number; interval: [number, number] } => {
  const typical = average(off);
  const of = (rounds: readonly number[]) => (100 * average(rounds.map((i) => at(on, i) - at(off, i)))) / typical;
  const all = on.map((_, i) => i);
  const resampled = Array.from({ length: 10_000 }, () => of(all.map(() => Math.floor(Math.random() * all.length))));
  resampled.sort((a, b) => a - b);
  return { percent: of(all), interval: [at(resampled, 250), at(resampled, 9749)] };
};

const main = async (): Promise<void> => {
  const flags = readFlags("bench:tracing", FLAGS, process.argv.slice(2), {
    about: "Measures what sending traces costs a search and an ingestion.",
    examples: ["npm run bench:tracing -- --rounds 10"],
  });
  if (!flags) return;
  const folder = await mkdtemp(join(tmpdir(), "tracing-"));
  const receiver = fork(import.meta.filename, ["--receive"]);
  try {
    const port = await new Promise<number>((done) => receiver.once("message", (message) => done(message as number)));
    const off = await openArm(join(folder, "off"), null);
    const on = await openArm(join(folder, "on"), `http://127.0.0.1:${port}`);
    console.log(
      `${cpus().length} × ${cpus()[0]?.model.trim() ?? "unknown CPU"}, Node ${process.version}, load average ${loadavg()[0]?.toFixed(1)} before the run`,
    );
    for (let round = -1; round < flags.rounds; round += 1) {
      const documents = Array.from({ length: flags.documents }, (_, i) => ({
        id: `${round}-${i}`,
        text: `Round ${round}, document ${i}: the kettle boils water while the mutex guards the index. `.repeat(6),
      }));
      for (const arm of Math.random() < 0.5 ? [on, off] : [off, on]) await ingest(arm, documents);
      if (round >= 0) continue;
      // The first round warms up.
      for (const { wall, cpu } of [on, off]) [wall.length, cpu.length] = [0, 0];
    }
    const { delivered, dropped } = present(on.studio.langfuse, "Langfuse").status();
    console.log(
      `${flags.rounds} rounds of ${flags.documents} documents; ${delivered} spans delivered, ${dropped} dropped`,
    );
    for (const [what, a, b] of [
      ["wall clock", on.wall, off.wall],
      ["CPU time", on.cpu, off.cpu],
    ] as const) {
      for (const [of, average] of [
        ["all rounds", mean],
        ["middle half", middle],
      ] as const) {
        const { percent, interval } = overhead(a, b, average);
        console.log(
          `${what}, ${of}: ${average(b).toFixed(1)} ms a round without, ${average(a).toFixed(1)} ms with tracing; difference ${percent.toFixed(2)} % (95 % interval ${interval.map((value) => value.toFixed(2)).join(" to ")})`,
        );
      }
    }
    const spans = Math.round(delivered / (flags.rounds + 1));
    const alone: number[] = [];
    for (let i = 0; i < 12; i += 1) alone.push(await spansAlone(on, spans));
    alone.sort((a, b) => a - b);
    const share = (cost: number) => ((100 * cost) / mean(off.cpu)).toFixed(2);
    console.log(
      `the ${spans} spans of a round alone: ${mean(alone).toFixed(1)} ms of CPU (${at(alone, 0).toFixed(1)} to ${at(alone, -1).toFixed(1)}): ${share(mean(alone))} % of a round (${share(at(alone, 0))} to ${share(at(alone, -1))})`,
    );
    console.log(`load average ${loadavg()[0]?.toFixed(1)} after the run`);
    for (const { app, studio } of [on, off]) {
      await app.close();
      await studio.close();
    }
  } finally {
    receiver.kill();
    await rm(folder, { recursive: true, force: true });
  }
};

if (process.argv.includes("--receive")) receive();
else await main();
