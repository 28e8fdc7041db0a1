/** A server process of several on one database and one registry; its leases are short, so that a test need not wait a minute. */
import { loadConfig } from "../config/config.ts";
import { start } from "../main.ts";

const { url } = await start(loadConfig(process.env), { leaseSeconds: 2 });
process.stdout.write(`runs at ${url}\n`);
