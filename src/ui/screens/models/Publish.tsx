import { Anchor, Button, Checkbox, Modal, PasswordInput, Stack, Text, TextInput } from "@mantine/core";
import { IconCloudUpload } from "@tabler/icons-react";
import { useState } from "react";
import { hubRepoSchema, type Published } from "../../../domain/api/index.ts";
import { toProblem, type Problem } from "../../../domain/errors.ts";
import { useModels } from "../../../app/registry/hooks.ts";
import { ProblemPanel } from "../../components/ProblemPanel.tsx";

/** Uploads a version to the Hugging Face hub, through the server. The token lives as long as the dialog. */
export const Publish = ({ version }: { version: string }) => {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button
        size="xs"
        variant="default"
        leftSection={<IconCloudUpload size={15} aria-hidden />}
        onClick={() => setOpen(true)}
      >
        Publish
      </Button>
      <Modal
        opened={open}
        onClose={() => setOpen(false)}
        title={`Publish ${version}`}
        closeButtonProps={{ "aria-label": "Close" }}
      >
        <PublishForm version={version} onDone={() => setOpen(false)} />
      </Modal>
    </>
  );
};

const PublishForm = ({ version, onDone }: { version: string; onDone: () => void }) => {
  const publish = useModels((state) => state.publish);
  const [repo, setRepo] = useState("");
  const [left, setLeft] = useState(false);
  const [token, setToken] = useState("");
  const [isPrivate, setPrivate] = useState(true);
  const [sending, setSending] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [published, setPublished] = useState<Published | null>(null);
  if (published)
    return (
      <Stack gap="sm">
        <Text role="status">
          {published.files} files are at{" "}
          <Anchor href={published.url} target="_blank" rel="noreferrer">
            {published.url}
          </Anchor>
          .
        </Text>
        <Button onClick={onDone}>Close</Button>
      </Stack>
    );
  const named = hubRepoSchema.safeParse(repo).success;
  const send = async () => {
    setSending(true);
    setProblem(null);
    try {
      setPublished(await publish(version, { repo, private: isPrivate, ...(token.trim() && { token }) }));
    } catch (thrown) {
      setProblem(toProblem(thrown));
    } finally {
      setSending(false);
    }
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      <Stack gap="sm">
        <Text size="sm" c="dimmed">
          The adapter with its card and manifest goes to the Hugging Face hub in one commit. It holds no text of your
          data.
        </Text>
        <TextInput
          label="Repository"
          placeholder="owner/name"
          description="It is made if it is not there."
          value={repo}
          error={
            repo !== "" &&
            (left || repo.includes("/")) &&
            !named &&
            "Write owner/name, in letters, digits, dots, hyphens and underscores."
          }
          onBlur={() => setLeft(true)}
          onChange={(event) => setRepo(event.currentTarget.value)}
        />
        <Checkbox
          label="Private"
          description="Only you see a repository that is made."
          checked={isPrivate}
          onChange={(event) => setPrivate(event.currentTarget.checked)}
        />
        <PasswordInput
          label="Token with write access"
          description="Used for this upload and kept nowhere. Leave it empty where the server has one of its own."
          autoComplete="off"
          value={token}
          onChange={(event) => setToken(event.currentTarget.value)}
        />
        {problem && <ProblemPanel problem={problem} />}
        <Button
          type="submit"
          loading={sending}
          disabled={!named}
          aria-describedby={named ? undefined : "publish-missing"}
        >
          {problem ? "Try again" : "Publish"}
        </Button>
        {!named && (
          <Text id="publish-missing" size="sm" c="dimmed">
            {repo === "" ? "Name the repository first." : "The repository's name is not complete yet."}
          </Text>
        )}
      </Stack>
    </form>
  );
};
