import { Text } from "@mantine/core";
import { planPreset } from "../../../../domain/training/preset/presets.ts";
import { littleDataSentence, presetSentence, settingsSentence } from "../../../../domain/training/preset/words.ts";
import { cutSentence } from "../../../../domain/training/preset/cut.ts";
import { lengthsKey } from "../../../../app/datasets/lengthsStore.ts";
import { pick } from "../../../../app/pick.ts";
import { useDatasets, useLengths } from "../../../../app/datasets/hooks.ts";
import { PRESETS, type PresetName } from "../../../../app/runs/catalogue.ts";
import { useRunPlan } from "../../../../app/runs/hooks.ts";
import { planned } from "../../../../app/runs/planStore.ts";
import { Panel } from "../../../components/Panel.tsx";
import { impossible } from "./fields.ts";
import { OptionCards } from "./OptionCards.tsx";

/** What the chosen preset, or the person's own values, mean for the data that is open. */
const Meaning = () => {
  const plan = useRunPlan((state) => state);
  const visible = useDatasets((state) => state.report?.detectableEffect ?? null);
  const written = useDatasets(({ current }) => current?.provenance?.source === "documents");
  const { pairs } = plan.size;
  const { base, values } = planned(plan);
  // Of values that cannot be trained with nothing follows; their fields say what is wrong.
  if (pairs === null || impossible(values).length > 0) return null;
  const own = Object.keys(plan.changes).length > 0;
  const little = visible === null ? null : littleDataSentence(pairs, visible, written);
  return (
    <>
      <Text size="sm" mt="md" maw={760} className="numbers">
        {own
          ? settingsSentence(pairs, values)
          : presetSentence(plan.preset, pairs, planPreset(plan.preset, base, plan.size))}
      </Text>
      {little && (
        <Text size="sm" mt="xs" maw={760} fw={550}>
          {little}
        </Text>
      )}
    </>
  );
};

/** What of the texts the run would not read, where Data has counted them; said before the start, since presets differ in it. */
const Cut = () => {
  const plan = useRunPlan((state) => state);
  const current = useDatasets((state) => state.current);
  const { key, status, queries, documents } = useLengths(pick("key", "status", "queries", "documents"));
  const { base, values } = planned(plan);
  if (!current || status !== "ready" || key !== lengthsKey(current, base.ref, plan.instruction.trim())) return null;
  const cut = cutSentence(queries, documents, values.maxTokens);
  return cut === null ? null : (
    <Text size="sm" mt="xs" maw={760}>
      {cut}
    </Text>
  );
};

/** How long and how thoroughly. */
export const PresetPicker = () => {
  const { preset, choosePreset } = useRunPlan((state) => state);
  return (
    <Panel title="How thoroughly">
      <OptionCards<PresetName>
        label="Preset"
        value={preset}
        onChange={choosePreset}
        options={(Object.keys(PRESETS) as PresetName[]).map((name) => ({
          value: name,
          title: PRESETS[name].title,
          body: PRESETS[name].about,
        }))}
      />
      <Meaning />
      <Cut />
    </Panel>
  );
};
