import { Button, Group, NumberInput, Stack, Text } from "@mantine/core";
import { MAX_PER_PASSAGE } from "../../../domain/questions/prompts.ts";
import { SAMPLE_PASSAGES } from "../../../domain/questions/estimate.ts";
import { pick } from "../../../app/pick.ts";
import { useEngine } from "../../../app/device/hooks.ts";
import { useServer } from "../../../app/settings/hooks.ts";
import { useQuestions } from "../../../app/questions/hooks.ts";
import type { QuestionsView } from "../../../app/questions/store.ts";
import { notifyProblem } from "../../components/notify.ts";
import { Panel } from "../../components/Panel.tsx";
import { Bounds } from "./Bounds.tsx";
import { Examples } from "./Examples.tsx";
import { Failure } from "./Failure.tsx";
import { RealQuestions } from "./RealQuestions.tsx";
import { Replace } from "./Replace.tsx";
import { SoFar } from "./SoFar.tsx";
import { WhoWrites } from "./WhoWrites.tsx";
import { goesOn, limitsOf, missingIn, settingsOf, useWritingForm } from "./useWritingForm.ts";

/** Who writes, in what style, how much of it, and what it will take. */
export const Writing = ({ view }: { view: QuestionsView }) => {
  const { tryOut, write, filter, doing, failed } = useQuestions(pick("tryOut", "write", "filter", "doing", "failed"));
  const { writing } = view;
  const { form, change } = useWritingForm(writing?.settings);
  const serverModel = useServer(({ status }) => status?.generation?.model ?? null);
  const slow = useEngine(({ device }) => device?.slow ?? false);
  const missing = missingIn(form, serverModel);
  const same = goesOn(form, serverModel, writing);
  const done = same && writing !== null && writing.done >= writing.total && writing.failed === 0;
  /** What costs no one anything needs no bound. */
  const bounded = form.kind === "endpoint" || form.kind === "server";
  const begin = (how: typeof write) =>
    how(settingsOf(form, serverModel), bounded ? limitsOf(form) : { caps: {}, key: null }).catch(notifyProblem);
  const weak = form.kind === "weak";
  // What was typed outlasts the writing: after a failure it is there to be mended.
  if (doing) return null;
  return (
    <Panel title="Write questions">
      <Stack gap="md" maw={760}>
        <WhoWrites form={form} serverModel={serverModel} slow={slow} onChange={change} />
        <NumberInput
          label="Questions a passage, at most"
          w={220}
          min={1}
          max={MAX_PER_PASSAGE}
          allowDecimal={false}
          clampBehavior="strict"
          value={form.perPassage}
          onChange={(value) => typeof value === "number" && change({ perPassage: value })}
        />
        {!weak && <Examples form={form} onChange={change} />}
        <RealQuestions
          real={view.real}
          onStyle={(style) => form.examples.trim() === "" && change({ examples: style.join("\n") })}
        />
        {bounded && <Bounds form={form} onChange={change} />}
        {writing && !same && writing.questions > 0 && (
          <Text size="sm" role="status">
            This asks other prompts than before: the questions that are there are removed when the first new one is
            written.
          </Text>
        )}
        <Group gap="sm">
          {!weak && !(same && (writing?.done ?? 0) >= SAMPLE_PASSAGES) && (
            <Button variant="default" disabled={missing !== null} onClick={() => begin(tryOut)}>
              Try {Math.min(SAMPLE_PASSAGES, view.passages)} passages
            </Button>
          )}
          {!done && (
            <Button disabled={missing !== null} onClick={() => begin(write)}>
              {weak ? "Make weak pairs" : same && (writing?.done ?? 0) > 0 ? "Write the rest" : "Write all"}
            </Button>
          )}
          {same && (writing?.questions ?? 0) > 0 && !view.filtered && (
            <Button variant="default" onClick={() => void filter()}>
              Look at what is there
            </Button>
          )}
          {missing && (
            <Text size="sm" c="dimmed">
              {missing}
            </Text>
          )}
        </Group>
        {(failed === "writing" || failed === "filtering") && <Failure />}
        {writing && same && <SoFar writing={writing} />}
      </Stack>
      <Replace />
    </Panel>
  );
};
