import { MantineProvider } from "@mantine/core";
import { renderToStaticMarkup } from "react-dom/server";
import { expect, it } from "vitest";
import { createEngineStore } from "../../../../app/device/store.ts";
import { createRunPlanStore } from "../../../../app/runs/planStore.ts";
import { StoresContext, type Stores } from "../../../../app/stores.ts";
import type { DeviceReport } from "../../../../domain/training/types.ts";
import { MixedPrecision } from "./MixedPrecision.tsx";

/** The switch as a device with these kernels and this choice has it; what is drawn is what the stores begin with. */
const drawn = (kernels: DeviceReport["kernels"], precision?: "mixed"): string => {
  const begin = <State extends object>(state: State) => ({
    getState: () => state,
    getInitialState: () => state,
    subscribe: () => () => undefined,
  });
  const engine = createEngineStore({} as Parameters<typeof createEngineStore>[0]).getState();
  const plan = createRunPlanStore({ read: () => null, write: () => undefined });
  if (precision) plan.getState().change("precision", precision);
  const stores = { engine: begin({ ...engine, device: { kernels } }), plan: begin(plan.getState()) };
  return renderToStaticMarkup(
    <MantineProvider>
      <StoresContext value={stores as unknown as Stores}>
        <MixedPrecision />
      </StoresContext>
    </MantineProvider>,
  );
};
const kernels = { linear: "tile tile", attention: "row", reduce: "subgroup", refused: [] };

it("is there where the device offers it, off unless chosen", () => {
  expect(drawn({ ...kernels, mixed: "tile tile" })).toMatch(/Timed as faster on this device/);
  expect(drawn({ ...kernels, mixed: "tile tile" })).not.toContain('checked=""');
  expect(drawn({ ...kernels, mixed: "tile tile" }, "mixed")).toContain('checked=""');
});

it("is not there where it is not offered, but where it is on, to switch it off", () => {
  expect(drawn(kernels)).not.toContain("ixed precision");
  expect(drawn(undefined)).not.toContain("ixed precision");
  expect(drawn(kernels, "mixed")).toMatch(/does not offer it/);
});
