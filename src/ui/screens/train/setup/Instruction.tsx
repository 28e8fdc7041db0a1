import { Textarea } from "@mantine/core";
import { useRunPlan } from "../../../../app/runs/hooks.ts";
import { planned } from "../../../../app/runs/planStore.ts";
import { Panel } from "../../../components/Panel.tsx";
import { InstructionEval } from "./InstructionEval.tsx";
import classes from "./setup.module.css";

/** The task sentence before every query. It becomes part of the model's manifest. */
export const Instruction = () => {
  const plan = useRunPlan((state) => state);
  const { base } = planned(plan);
  const sentence = plan.instruction.trim() || base.instruction;
  return (
    <Panel title="Instruction for queries">
      <Textarea
        label="What a search is for, in one English sentence"
        description="Say who asks and what a right answer is. Leave it empty to keep the base's own sentence."
        placeholder={base.instruction}
        value={plan.instruction}
        maxLength={500}
        autosize
        minRows={1}
        onChange={(event) => plan.setInstruction(event.currentTarget.value.replace(/\s*\n\s*/g, " "))}
      />
      <div className={classes.prompt} style={{ marginTop: 12 }} role="note" aria-label="What the model reads">
        {`Instruct: ${sentence}\nQuery:how do I reset my password`}
      </div>
      <InstructionEval />
    </Panel>
  );
};
