import { PRESETS, type PresetName } from "../../../../app/runs/catalogue.ts";
import { useRunPlan } from "../../../../app/runs/hooks.ts";
import { Panel } from "../../../components/Panel.tsx";
import { OptionCards } from "./OptionCards.tsx";

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
    </Panel>
  );
};
