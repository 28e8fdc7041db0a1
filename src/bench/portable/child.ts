/** One section's measurements, in a process of its own: `child.mjs SECTION small|full ITEM…`. Says what it finds on standard output. */
import { nodeGpu } from "../../kernels/runtime/node-gpu.ts";
import { toProblem } from "../../domain/errors.ts";
import { encode, type Message } from "./protocol.ts";
import { present } from "../../domain/present.ts";
import { measurersOf } from "./measurers.ts";
import { workloadFor } from "./workload.ts";

const say = (message: Message): void => void process.stdout.write(encode(message));

const describe = (thrown: unknown): string => {
  const { code, message } = toProblem(thrown);
  const stack = thrown instanceof Error ? (thrown.stack ?? "").split("\n").slice(1, 4).join(" ") : "";
  return `${code}: ${message} ${stack}`.trim();
};

/** Runs the items in turn; what one throws is said, and the next one goes on. */
const main = async (): Promise<void> => {
  const [section = "", size, ...items] = process.argv.slice(2);
  // Dawn rounds timestamps to 100 µs unless told otherwise; many kernels take less.
  await nodeGpu("disable-dawn-features=timestamp_quantization");
  const measure = present(measurersOf(workloadFor(size === "small"), size === "small")[section], `section ${section}`);
  for (const item of items) {
    say({ begin: item });
    try {
      say({ item, result: await measure(item) });
    } catch (thrown) {
      say({ item, error: describe(thrown) });
    }
  }
};

main().then(
  () => process.exit(0), // Dawn's device would keep the process alive
  (thrown: unknown) => {
    process.stderr.write(`${describe(thrown)}\n`);
    process.exit(1);
  },
);
