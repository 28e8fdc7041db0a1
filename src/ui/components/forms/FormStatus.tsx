import { Box, CloseButton, Group, Text, type BoxProps } from "@mantine/core";
import { useForms } from "../../../app/forms/hooks.ts";
import type { FormJob } from "../../../app/forms/store.ts";
import type { FormRecall } from "../../../domain/export/recall.ts";
import { atLeast } from "../../../domain/export/types.ts";
import { bytes, counted, points, whole } from "../../charts/index.ts";
import { ProblemLine } from "../ProblemLine.tsx";
import { Underway } from "../Underway.tsx";
import { formLabel } from "./choices.ts";

/** How far the download of a form is, and how it ended; nothing while there is none of this run or version. */
export const FormStatus = ({ of, ...space }: { of: string } & Pick<BoxProps, "mb">) => {
  const job = useForms((state) => (state.job?.of === of ? state.job : null));
  const cancel = useForms((state) => state.cancel);
  const dismiss = useForms((state) => state.dismiss);
  if (!job) return null;
  if (!job.saved && !job.problem)
    return (
      <Box {...space}>
        <Underway label={sentence(job)} progress={progressOf(job.step)} onStop={cancel} />
      </Box>
    );
  return (
    <Group gap="xs" wrap="nowrap" align="flex-start" {...space}>
      <div style={{ flex: 1 }}>
        <ProblemLine problem={job.problem} />
        {job.saved && (
          <Text size="sm" role="status" style={{ overflowWrap: "anywhere" }}>
            {job.name} is saved, {bytes(job.saved.bytes)}.{" "}
            {job.saved.cosine !== null &&
              `Its vectors have a cosine of at least ${atLeast(job.saved.cosine, 5)} to the tuned model's.`}{" "}
            {job.saved.recall && recallSentence(job.saved.recall)}
            {job.form === "script" && "It holds the texts of your data; README.md in it tells how to run it."}
          </Text>
        )}
      </div>
      <CloseButton size="sm" aria-label="Close this message" onClick={dismiss} />
    </Group>
  );
};

const recallSentence = ({ queries, delta, interval: [low, high] }: FormRecall): string => {
  const on = `On ${counted(queries, "test question")} its recall@10`;
  return low === 0 && high === 0
    ? `${on} is that of the tuned model.`
    : `${on} changes by ${points(delta, 2)} points (95 % interval ${points(low, 2)} to ${points(high, 2)}).`;
};

const bytesOf = (step: FormJob["step"]) => (step && "total" in step ? step : null);

const progressOf = (step: FormJob["step"]) =>
  step?.phase === "recall" ? { done: step.texts, total: step.of } : bytesOf(step);

const PHASES: Record<NonNullable<FormJob["step"]>["phase"], string> = {
  base: "reading the base model",
  write: "writing the weights",
  check: "checking its vectors",
  recall: "measuring its recall",
  plan: "laying out the batches",
  server: "the server makes it",
  save: "saving",
};

const sentence = ({ form, dtype, step }: FormJob): string => {
  const now = step ? PHASES[step.phase] : "preparing";
  if (step?.phase === "recall")
    return `${formLabel(form, dtype)}: ${now}, ${whole(step.texts)} of ${whole(step.of)} texts`;
  const progress = bytesOf(step);
  const much = progress && progress.total > 0 ? `, ${bytes(progress.done)} of ${bytes(progress.total)}` : "";
  return `${formLabel(form, dtype)}: ${now}${much}`;
};
