import { Switch } from "@mantine/core";
import { useEngine } from "../../../../app/device/hooks.ts";
import { useRunPlan } from "../../../../app/runs/hooks.ts";
import { planned } from "../../../../app/runs/planStore.ts";
import { Term } from "../../../components/Term.tsx";

/** Training with 16-bit factors; shown where this device's kernels for it hold and are faster, or where it is on. */
export const MixedPrecision = () => {
  const plan = useRunPlan((state) => state);
  const offered = useEngine(({ device }) => device?.kernels?.mixed !== undefined);
  const on = planned(plan).values.precision === "mixed";
  if (!offered && !on) return null;
  return (
    <Switch
      label={
        <>
          <Term of="mixed precision">Mixed precision</Term>
        </>
      }
      description={
        offered
          ? "Timed as faster on this device. What it changes is less than what storing the base in 16 bits did; scores stay in full precision."
          : "This device does not offer it; the run will say so and train in full precision."
      }
      checked={on}
      onChange={(event) => (event.currentTarget.checked ? plan.change("precision", "mixed") : plan.reset("precision"))}
    />
  );
};
