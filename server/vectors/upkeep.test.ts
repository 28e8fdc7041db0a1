import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "drizzle-orm";
import { afterAll, expect, it } from "vitest";
import { longTests } from "../../src/testing/longTests.ts";
import { emptyStore } from "../testing/databases.ts";
import { openDatabase } from "./database.ts";
import { StoreUpkeep } from "./upkeep.ts";

const folder = await mkdtemp(join(tmpdir(), "upkeep-"));
afterAll(() => rm(folder, { recursive: true, force: true }));

// Texts that do not compress: without upkeep each round leaves a megabyte, and fifty are far over the bar.
const ROUNDS = longTests ? 300 : 50;

it(`keeps ${ROUNDS} rounds of storing and deleting within twice the size of the first`, async () => {
  await emptyStore(folder);
  const database = await openDatabase({ url: null, folder });
  const upkeep = new StoreUpkeep(database);
  const round = async () => {
    await database.sql.execute(
      sql`INSERT INTO documents (id, content_hash, title, media_type, text) SELECT 'd' || n, 'h', 't', 'text/plain', (SELECT string_agg(md5(n || '-' || piece), '') FROM generate_series(1, 800) piece) FROM generate_series(1, 40) n`,
    );
    const size = await upkeep.size();
    await database.sql.execute(sql`DELETE FROM documents`);
    await upkeep.tidy();
    return size;
  };
  await upkeep.tidy();
  for (let i = 0; i < 3; i += 1) await round();
  const first = await round();
  let last = 0;
  for (let i = 0; i < ROUNDS; i += 1) last = await round();
  expect(last).toBeLessThan(2 * first + 16 * 1024 * 1024);
  await database.close();
}, 240_000);
