import { parentPort, workerData } from "node:worker_threads";
import { PGlite } from "@electric-sql/pglite";
import { vector } from "@electric-sql/pglite-pgvector";
import { present } from "../../src/domain/present.ts";

/** What the thread begins with. */
export interface Opening {
  dataDir: string;
  postgres: WebAssembly.Module;
}
/** One statement for the embedded database. */
export interface Statement {
  id: number;
  text: string;
  params: unknown[];
  rowMode: "array" | "object";
  /** Ids of types whose values are handed on as text. */
  asText: number[];
}
export type Reply =
  | { id: number; result: { rows: unknown[]; fields: { name: string; dataTypeID: number }[]; affectedRows?: number } }
  | { id: number; error: { message: string; code: string | undefined } };

const port = present(parentPort, "parent thread");
const { dataDir, postgres } = workerData as Opening;
const database = await PGlite.create({ dataDir, extensions: { vector }, pgliteWasmModule: postgres });

const answer = async ({ id, text, params, rowMode, asText }: Statement): Promise<Reply> => {
  try {
    const parsers = Object.fromEntries(asText.map((type) => [type, (value: string) => value]));
    const { rows, fields, affectedRows } = await database.query(text, params, { rowMode, parsers });
    return { id, result: { rows, fields, affectedRows } };
  } catch (thrown) {
    const { message, code } = thrown as Error & { code?: string };
    return { id, error: { message, code } };
  }
};

port.on("message", (message: Statement | "close") => {
  if (message === "close") void database.close().then(() => port.postMessage("closed"));
  else void answer(message).then((reply) => port.postMessage(reply));
});
port.postMessage("open");
