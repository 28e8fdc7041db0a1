import { executablePath, withoutWebGpu } from "./browser.ts";
import { shortRun } from "./steps.ts";
import { test } from "./studio.ts";

test.use({ launchOptions: { executablePath, args: withoutWebGpu } });

test("without WebGPU the same run works on the processor, and the studio says that it is slow", async ({
  page,
  studio,
}) => {
  await shortRun(page, studio, /^No GPU: WebAssembly/);
});
