/** For `--import` before a server: its ingestion waits for its parent, whose messages are numbers of batches that may be embedded. */
import { holdBackground } from "./heldEmbedding.ts";

const gate = holdBackground();
process.on("message", (batches: number) => gate.pass(batches));
