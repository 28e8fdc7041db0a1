import { Button, FileButton, Group, Text, Textarea } from "@mantine/core";
import { MAX_EXAMPLES, MIX_SENTENCE } from "../../../domain/questions/prompts.ts";
import { notifyProblem } from "../../components/notify.ts";
import { counted } from "../../components/format.ts";
import { examplesIn, type WritingForm } from "./useWritingForm.ts";

/** Real questions that set length, tone and language. */
export const Examples = ({
  form,
  onChange,
}: {
  form: WritingForm;
  onChange: (patch: Partial<WritingForm>) => void;
}) => {
  const count = examplesIn(form.examples).length;
  const take = (file: File | null) =>
    void file?.text().then((text) => onChange({ examples: examplesIn(text).join("\n") }), notifyProblem);
  return (
    <div>
      <Textarea
        label="Real questions, one a line"
        description={`Up to ${MAX_EXAMPLES} that people really asked. They set length, tone and language. ${MIX_SENTENCE}`}
        autosize
        minRows={3}
        maxRows={10}
        value={form.examples}
        onChange={(event) => onChange({ examples: event.currentTarget.value })}
      />
      <Group gap="sm" mt={6}>
        <FileButton accept=".txt,text/plain" onChange={take}>
          {(props) => (
            <Button variant="subtle" size="compact-sm" {...props}>
              From a file
            </Button>
          )}
        </FileButton>
        {count > 0 && (
          <Text size="sm" c="dimmed">
            {counted(count, "question")}
          </Text>
        )}
      </Group>
    </div>
  );
};
