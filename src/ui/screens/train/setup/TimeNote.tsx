import { useForecast } from "../../../../app/runs/hooks.ts";
import { counted, roughDuration } from "../../../components/format.ts";
import { impossible } from "./fields.ts";
import { useChoice } from "./useChoice.ts";

/** Beside Start: how many steps, and about how long on this computer, self-test and scoring included. */
export const TimeNote = () => {
  const choice = useChoice();
  const known = useForecast((state) => (choice ? state.of(choice) : null));
  const working = useForecast((state) => state.status === "working");
  if (choice && impossible(choice.hyperparameters).length > 0) return null;
  if (known) return `${counted(known.steps, "step")}, about ${roughDuration(known.totalSeconds)} on this computer`;
  return working ? "Measuring how long it takes…" : null;
};
