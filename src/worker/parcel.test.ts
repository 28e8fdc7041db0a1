import { expect, test } from "vitest";
import { seal, unseal, type Parcel } from "./parcel.ts";

test("a parcel passes through several hands, and is opened once at the end", async () => {
  const bytes = new Uint8Array([1, 2, 3]);
  const sealed = seal({ texts: ["a", "b"], bytes });
  expect(bytes).toHaveLength(0);
  const { port1, port2 } = new MessageChannel();
  const handedOn = new Promise<Parcel<{ texts: string[]; bytes: Uint8Array }>>((resolve) => {
    port2.onmessage = ({ data }: MessageEvent<Parcel<{ texts: string[]; bytes: Uint8Array }>>) => resolve(data);
  });
  port1.postMessage(sealed, [sealed]);
  expect(await unseal(await handedOn)).toEqual({ texts: ["a", "b"], bytes: new Uint8Array([1, 2, 3]) });
  port1.close();
});
