import { useEffect, useState } from "react";
import { IconPlayerPlay } from "@tabler/icons-react";
import { useLocation, useNavigate } from "react-router";
import { toProblem, type Problem } from "../../../../domain/errors.ts";
import { useDatasets } from "../../../../app/datasets/hooks.ts";
import { useEngine } from "../../../../app/device/hooks.ts";
import { useForecast, useLiveRun, useRunPlan } from "../../../../app/runs/hooks.ts";
import { planned } from "../../../../app/runs/planStore.ts";
import { OneByOne } from "../../../components/OneByOne.tsx";
import { Page } from "../../../components/Page.tsx";
import { PrimaryAction } from "../../../components/PrimaryAction.tsx";
import { ProblemPanel } from "../../../components/ProblemPanel.tsx";
import { RunList } from "../RunList.tsx";
import { SlowDevice } from "../SlowDevice.tsx";
import { Advanced } from "./Advanced.tsx";
import { BasePicker } from "./BasePicker.tsx";
import { DatasetPicker } from "./DatasetPicker.tsx";
import { Estimate } from "./Estimate.tsx";
import { impossible } from "./fields.ts";
import { Instruction } from "./Instruction.tsx";
import { Mining } from "./Mining.tsx";
import { PresetPicker } from "./PresetPicker.tsx";
import { wantsStart } from "./startNow.ts";
import { useChoice } from "./useChoice.ts";
import { TimeNote } from "./TimeNote.tsx";
import { useBackgroundForecast } from "./useBackgroundForecast.ts";
import { useRunSize } from "./useRunSize.ts";

/** Why a run cannot start, as an order; null when it can. */
const useMissing = (): string | null => {
  const current = useDatasets((state) => state.current);
  const plan = useRunPlan((state) => state);
  const live = useLiveRun((state) => state.live);
  const elsewhere = useLiveRun((state) => state.elsewhere);
  const probe = useEngine((state) => state.probe);
  if (elsewhere) return "Another tab is training: wait, or stop it there";
  if (live) return "Wait for the current run, or stop it";
  if (!current) return "Choose a data set";
  if (!current.split) return `${current.summary.missing ?? "Make a split"} on the Data screen`;
  const wrong = impossible(planned(plan).values);
  if (wrong.length > 0) return `Check ${wrong.map((label) => `“${label}”`).join(", ")} under Advanced`;
  if (probe === "failed") return "The engine did not start: reload the page";
  return null;
};

/** Everything one chooses before a run. */
export const Setup = () => {
  const navigate = useNavigate();
  const missing = useMissing();
  const device = useEngine((state) => state.device);
  const begin = useLiveRun((state) => state.begin);
  const choice = useChoice();
  const forecast = useForecast((state) => (choice ? state.of(choice) : null));
  const giveUpMeasuring = useForecast((state) => state.stop);
  useBackgroundForecast(choice, missing === null);
  useRunSize();
  const [refused, setRefused] = useState<Problem | null>(null);
  const [preparing, setPreparing] = useState(false);

  const start = async () => {
    if (!choice) return;
    setRefused(null);
    setPreparing(true);
    try {
      await giveUpMeasuring();
      const id = await begin({ ...choice, plannedSeconds: forecast?.totalSeconds });
      await navigate(`/train?run=${id}`);
    } catch (thrown) {
      setRefused(toProblem(thrown));
    } finally {
      setPreparing(false);
    }
  };

  const asked = wantsStart(useLocation().state);
  /** Whether the values are those for the data that is open. */
  const sized = useRunPlan((state) => state.size.pairs === choice?.dataset.split?.train);
  useEffect(() => {
    if (!asked || (missing === null && !sized)) return;
    void Promise.resolve(navigate("/train", { replace: true, state: null })).then(() =>
      missing === null ? start() : undefined,
    );
  });

  return (
    <Page
      title="Train"
      lead="Trains a small adapter on this computer. Your texts stay in this browser."
      action={
        <PrimaryAction
          missing={missing}
          note={<TimeNote />}
          loading={preparing}
          onClick={() => void start()}
          leftSection={<IconPlayerPlay size={18} aria-hidden />}
        >
          Start training
        </PrimaryAction>
      }
    >
      {refused && <ProblemPanel problem={refused} />}
      {device?.slow && <SlowDevice />}
      <OneByOne>
        <DatasetPicker />
        <BasePicker />
        <PresetPicker />
        <Instruction />
        <Mining />
        <Advanced />
        <Estimate />
        <RunList />
      </OneByOne>
    </Page>
  );
};
