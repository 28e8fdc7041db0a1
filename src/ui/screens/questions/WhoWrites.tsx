import { Alert, Group, List, PasswordInput, Radio, Stack, Text, TextInput } from "@mantine/core";
import { IconHourglass } from "@tabler/icons-react";
import { PAGE_MODEL, type Precision } from "../../../domain/questions/pageModel.ts";
import { WEAK_SENTENCE } from "../../../domain/questions/weak.ts";
import { bytes } from "../../components/format.ts";
import type { WritingForm } from "./useWritingForm.ts";

const { weights, smallBytes, licence, repo, revision } = PAGE_MODEL;
const sizeOf = (precision: Precision) => bytes(weights[precision].bytes + smallBytes);

/** What is loaded and from where, before it is. */
const PAGE_SENTENCE = `${repo} (${licence}) runs in this browser, so passages never leave it. Loaded once from the Hugging Face hub, at commit ${revision.slice(0, 7)}: ${sizeOf("q4f16")}, or ${sizeOf("q4")} where the GPU has no 16-bit numbers. A small model: read what it writes. It needs a GPU.`;

/** As measured with weights of its shape on two cores (docs/questions.md). */
const PAGE_ON_PROCESSOR =
  "The model would run on the processor, where a token takes seconds and a passage minutes. For more than a few passages, have a model on this computer write, which uses all its cores, or make weak pairs.";

/** A model on this computer, the server's, one in the page, or none. */
export const WhoWrites = ({
  form,
  serverModel,
  slow,
  onChange,
}: {
  form: WritingForm;
  serverModel: string | null;
  /** The device computes without a GPU. */
  slow: boolean;
  onChange: (patch: Partial<WritingForm>) => void;
}) => (
  <Stack gap="sm">
    <Radio.Group
      label="Who writes"
      value={form.kind}
      onChange={(kind) => onChange({ kind: kind as WritingForm["kind"] })}
    >
      <Stack gap={8} mt={6}>
        <Radio
          value="endpoint"
          label="A model on this computer"
          description="Ollama, LM Studio, llama.cpp or any other program with an OpenAI-compatible chat API. Passages go to it and nowhere else."
        />
        {(serverModel !== null || form.kind === "server") && (
          <Radio
            value="server"
            label="The server's model"
            description={`${serverModel ?? "None is configured now"}. Passages go to the studio's server, and from there to the model; its key stays on the server.`}
          />
        )}
        <Radio value="page" label="A model in this page" description={PAGE_SENTENCE} />
        <Radio value="weak" label="No model: weak pairs" description={WEAK_SENTENCE} />
      </Stack>
    </Radio.Group>
    {form.kind === "page" && slow && (
      <Alert color="ochre" variant="light" icon={<IconHourglass aria-hidden />} title="This browser gives no GPU">
        {PAGE_ON_PROCESSOR}
      </Alert>
    )}
    {form.kind === "endpoint" && (
      <>
        <Group gap="sm" align="flex-start">
          <TextInput
            label="Address"
            w={320}
            spellCheck={false}
            value={form.url}
            onChange={(event) => onChange({ url: event.currentTarget.value })}
          />
          <TextInput
            label="Model"
            w={260}
            spellCheck={false}
            placeholder="qwen3:4b"
            value={form.model}
            onChange={(event) => onChange({ model: event.currentTarget.value })}
          />
          <PasswordInput
            label="Key"
            w={260}
            autoComplete="off"
            description="Only if it wants one. It goes to that address alone, and is forgotten when you leave this page."
            inputWrapperOrder={["label", "input", "description", "error"]}
            value={form.key}
            onChange={(event) => onChange({ key: event.currentTarget.value })}
          />
        </Group>
        <CorsHelp />
      </>
    )}
  </Stack>
);

/** The page is another origin than the model's server, which has to allow it. */
const CorsHelp = () => (
  <details>
    <summary>
      <Text span size="sm">
        If this page may not ask it
      </Text>
    </summary>
    <List size="sm" mt="xs" spacing={4}>
      <List.Item>
        Ollama: start it with <code>OLLAMA_ORIGINS={location.origin}</code>. Pages on this computer are allowed without
        it.
      </List.Item>
      <List.Item>
        LM Studio: in Developer, Server settings, switch on “Enable CORS”, or start it by{" "}
        <code>lms server start --cors</code>.
      </List.Item>
      <List.Item>
        llama.cpp: <code>llama-server</code> allows this page unless it was told otherwise; then start it with{" "}
        <code>--cors-origins {location.origin}</code>.
      </List.Item>
      <List.Item>
        vLLM: start it with <code>--allowed-origins '["{location.origin}"]'</code>; it allows every page without it.
      </List.Item>
    </List>
  </details>
);
