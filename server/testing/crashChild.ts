/** Registers, promotes, rolls back and deletes without pause, saying what was acknowledged; its parent kills it. */
import { join } from "node:path";
import { Readable } from "node:stream";
import pino from "pino";
import { sha256Hex } from "../../src/domain/hashing.ts";
import { loadConfig } from "../config/config.ts";
import { sampleArtifact } from "./artifact.ts";
import { BaseStore } from "../registry/bases.ts";
import { createGatekeeper } from "../registry/gatekeeper.ts";
import { Registry } from "../registry/registry.ts";
import { verifyFolder } from "../registry/verification.ts";

const [root = "", first = "1"] = process.argv.slice(2);
const say = (what: object) => process.stdout.write(`${JSON.stringify(what)}\n`);
const change = { by: "child", reason: "crash test", correlationId: "child" };
const bases = new BaseStore(join(root, "models/base"), join(root, "digests.json"));
const registry = await Registry.open({
  root: join(root, "models/fine_tuned"),
  limits: loadConfig({}).limits,
  keep: 2,
  logger: pino({ level: "silent" }),
  verify: (directory) => verifyFolder(directory, bases),
});
const gatekeeper = createGatekeeper(registry, bases, { margin: 0, model: null });

for (let seed = Number(first); ; seed++) {
  const files = await sampleArtifact({ seed });
  say({ about: "upload" });
  const upload = await registry.uploads.create(
    "child",
    files.map(({ path, bytes }) => ({ path, bytes: bytes.length })),
  );
  for (const { path, bytes } of files) {
    const sha256 = sha256Hex(bytes);
    await registry.uploads.receive(upload.id, path, Readable.from([bytes]), sha256);
  }
  say({ about: "commit" });
  const { stored } = await registry.commit(upload.id, change);
  const { version } = stored.record;
  say({ registered: version });
  say({ about: "promote" });
  await registry.promote(version, { ...change, override: true }, gatekeeper);
  say({ production: version });
  if (seed % 3 === 0) {
    say({ about: "rollback" });
    const event = await registry.rollback(change);
    say({ production: event.to });
  }
}
