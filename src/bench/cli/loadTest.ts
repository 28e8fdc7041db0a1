/** `npm run bench:load`: what one server does on this machine, over loopback only, on folders that are removed again. */
import { mkdtemp, rm } from "node:fs/promises";
import { loadavg, cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { readFlags, type Flag } from "../../../server/cli/flags.ts";
import { Secret } from "../../../server/lib/secret.ts";
import { measureModes } from "./load/modes.ts";
import { measureServer } from "./load/server.ts";
import { measureServers } from "./load/servers.ts";
import { measureServing } from "./load/serving.ts";
import { smallBase, wideBase } from "./load/servingModels.ts";
import { measureTypes } from "./load/types.ts";
import { measureStore } from "./load/store.ts";

const FLAGS = {
  documents: {
    value: "N",
    help: "documents to ingest (default 300)",
    schema: z.coerce.number().int().min(10).max(20_000).default(300),
  },
  seconds: {
    value: "S",
    help: "length of each load (default 10)",
    schema: z.coerce.number().int().min(1).max(120).default(10),
  },
  connections: {
    value: "N",
    help: "callers at once (default 8)",
    schema: z.coerce.number().int().min(1).max(256).default(8),
  },
  chunks: {
    value: "LIST",
    help: "sizes of the store, comma-separated (default 1000,10000)",
    schema: z
      .string()
      .regex(/^\d+(,\d+)*$/)
      .default("1000,10000"),
  },
  dimension: {
    value: "N",
    help: "of the store's vectors (default 128)",
    schema: z.coerce.number().int().min(8).max(2000).default(128),
  },
  vectors: {
    value: "KIND",
    help: "of the store: clustered, as texts give, or random (default both)",
    schema: z.enum(["clustered", "random", "both"]).default("both"),
  },
  only: {
    value: "PART",
    help: "server (routes), serving (embeddings beside onnxruntime alone), wide (the same at the width of 0.6B), store (vectors), modes (dense, keyword and hybrid search), types (float32, float16 and binary vectors) or servers (1, 2 and 3 on --database); default all",
    schema: z.enum(["server", "serving", "wide", "store", "modes", "types", "servers", "all"]).default("all"),
  },
  database: {
    value: "URL",
    help: "an empty Postgres with pgvector in place of the embedded store",
    schema: z.string().optional(),
  },
} satisfies Record<string, Flag>;

const flags = readFlags("bench:load", FLAGS, process.argv.slice(2), {
  about: "Measures how many searches a second the server answers, and how long each takes.",
  examples: ["npm run bench:load -- --chunks 1000 --connections 4"],
});
if (flags) {
  const folder = await mkdtemp(join(tmpdir(), "load-"));
  try {
    console.log(
      `${cpus().length} × ${cpus()[0]?.model.trim() ?? "unknown CPU"}, Node ${process.version}, load average ${loadavg()[0]?.toFixed(1)} before the run`,
    );
    const wanted = (part: typeof flags.only) => flags.only === "all" || flags.only === part;
    const sizes = flags.chunks.split(",").map(Number);
    if (wanted("server")) await measureServer(join(folder, "server"), flags);
    if (wanted("serving")) await measureServing(join(folder, "serving"), smallBase, flags.seconds);
    if (flags.only === "wide") await measureServing(join(folder, "wide"), await wideBase(folder), flags.seconds);
    if (flags.only === "servers" && flags.database)
      await measureServers(join(folder, "servers"), { ...flags, database: flags.database });
    const url = flags.database ? new Secret(flags.database) : null;
    if (wanted("modes")) await measureModes({ folder: join(folder, "modes"), url }, sizes, flags);
    if (wanted("types"))
      for (const size of sizes)
        await measureTypes({ folder: join(folder, `types-${size}`), url }, size, flags.dimension);
    for (const kind of ["clustered", "random"] as const)
      if (wanted("store") && (flags.vectors === kind || flags.vectors === "both"))
        await measureStore({ folder: join(folder, kind), url }, sizes, flags.dimension, kind);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
