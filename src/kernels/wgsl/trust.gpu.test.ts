import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, it } from "vitest";
import { createKernels } from "../index.ts";
import { startBackend } from "../runtime/backend.ts";
import { Gpu, type Dispatch } from "../runtime/gpu.ts";
import { everywhere } from "./context.ts";
import { tune } from "./tune.ts";
import { distrust, PLAIN } from "./trust.ts";

/** A device on which one shader file is broken: it computes something else, or does not compile. */
class Broken extends Gpu {
  constructor(
    gpu: Gpu,
    private readonly file: string,
    private readonly spoil: (text: string) => string,
  ) {
    super(tf.backend() as unknown as ConstructorParameters<typeof Gpu>[0], gpu.largestBinding);
  }

  override run({ shader, ...dispatch }: Dispatch): void {
    super.run({
      ...dispatch,
      shader: shader.map((file) =>
        file.url.pathname.endsWith(this.file)
          ? { url: new URL(`file:///spoiled/${this.spoil.name}/${this.file}`), text: this.spoil(file.text) }
          : file,
      ),
    });
  }
}
const wrong = (text: string) => text.replaceAll("times(left$i_$m[$j],", "times(left$i_$m[3 - $j],");
const refused = (text: string) => `${text}\nfn broken() { return 1; }`;

let gpu: Gpu;
let failure: () => unknown;
beforeAll(async () => {
  ({ failure } = await createKernels({ device: "wgsl", tune: false }));
  gpu = new Gpu((await startBackend(["webgpu"])).gpu!.backend);
});
const TILE = { ...PLAIN, linear: everywhere("tile") };

it("trusts a form that agrees with the plain one", async () => {
  expect(await distrust(gpu, TILE, "linear")).toBeNull();
  expect(await distrust(gpu, { ...PLAIN, reduce: "workgroup" }, "reduce")).toBeNull();
  expect(await distrust(gpu, { ...PLAIN, attention: "blocks" }, "attention")).toBeNull();
});

it("names a form that computes something else, and one that the device refuses, and the device stays well", async () => {
  expect(await distrust(new Broken(gpu, "linear.tile.wgsl", wrong), TILE, "linear")).toMatch(/differs .* by \d/);
  expect(await distrust(new Broken(gpu, "linear.tile.wgsl", refused), TILE, "linear")).toMatch(/refused/);
  expect(failure()).toBeNull();
});

it("leaves such a form out when it tunes, and says so", async () => {
  const { report, gpu: device } = await startBackend(["webgpu"]);
  const spoiled = (text: string) => text.replace("+= lanes[lane + half]", "+= 1.01 * lanes[lane + half]");
  const broken = new Broken(gpu, "reduce.workgroup.wgsl", spoiled);
  const wanted = { ...PLAIN, reduce: "workgroup" } as const;
  const { variants, refused } = await tune(broken, { ...report, adapter: "a broken one" }, device!.info, wanted, {
    fixed: { attention: wanted.attention },
  });
  expect(variants.reduce).toBe("serial");
  expect(refused).toEqual([{ form: "reduce workgroup", why: expect.stringMatching(/differs/) as string }]);
});
