import { Progress, Text } from "@mantine/core";
import { useEngine } from "../../../../app/device/hooks.ts";
import { sameBase } from "../../../../app/device/store.ts";
import { useRuns, useRunPlan } from "../../../../app/runs/hooks.ts";
import { planned } from "../../../../app/runs/planStore.ts";
import { BASES, type BaseOffer } from "../../../../app/runs/catalogue.ts";
import { estimateRun } from "../../../../app/runs/catalogue.ts";
import { bytes, rate } from "../../../components/format.ts";
import { Panel } from "../../../components/Panel.tsx";
import { ProblemPanel } from "../../../components/ProblemPanel.tsx";
import { OptionCards } from "./OptionCards.tsx";
import { measuredSpeed } from "./measured.ts";
import classes from "./setup.module.css";

/** What choosing this base costs, before anything is fetched. */
const Costs = ({ base }: { base: BaseOffer }) => {
  const plan = useRunPlan((state) => state);
  const runs = useRuns((state) => state.runs);
  const device = useEngine((state) => state.device);
  const loaded = useEngine((state) => sameBase(state.loaded, base.ref));
  const { values } = planned({ ...plan, baseKey: base.key });
  const speed = measuredSpeed(runs, base.name, device);
  return (
    <>
      {base.about}
      <dl className={classes.costs}>
        <dt>Download</dt>
        <dd>
          {base.ref.source === "bundled"
            ? `${bytes(base.downloadBytes)}, included`
            : `${bytes(base.downloadBytes)}, once`}
          {loaded && " (in memory now)"}
        </dd>
        <dt>Memory</dt>
        <dd>up to about {bytes(estimateRun(base, values, 1, 1).memoryBytes)}</dd>
        <dt>Size</dt>
        <dd>
          {(base.parameters / 1e6).toFixed(base.parameters < 1e7 ? 1 : 0)} million parameters, {base.hidden} dimensions
        </dd>
        <dt>Speed</dt>
        <dd>{speed === null ? "measured before the first run" : `${rate(speed)} pairs/s in the last run here`}</dd>
      </dl>
    </>
  );
};

/** Which model is tuned. */
export const BasePicker = () => {
  const { baseKey, chooseBase } = useRunPlan((state) => state);
  const { loading, loadProblem } = useEngine((state) => state);
  return (
    <Panel title="Base model" note="the model that is tuned">
      <OptionCards
        label="Base model"
        value={baseKey}
        onChange={chooseBase}
        options={BASES.map((base) => ({ value: base.key, title: base.name, body: <Costs base={base} /> }))}
      />
      {loading && (
        <div>
          <Text size="sm" mt="md" mb={4} className="numbers">
            {loading.total > 0
              ? `Loading: ${bytes(loading.done)} of ${bytes(loading.total)}`
              : "Loading the base model"}
          </Text>
          <Progress
            value={loading.total > 0 ? (100 * loading.done) / loading.total : 100}
            animated={loading.total === 0}
            aria-label="Loading the base model"
          />
        </div>
      )}
      {loadProblem && <ProblemPanel problem={loadProblem} />}
    </Panel>
  );
};
