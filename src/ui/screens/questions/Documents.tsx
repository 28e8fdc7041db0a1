import { Button, Group, Modal, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconTrash } from "@tabler/icons-react";
import { pick } from "../../../app/pick.ts";
import { useQuestions } from "../../../app/questions/hooks.ts";
import type { QuestionsView } from "../../../app/questions/store.ts";
import { Figure } from "../../components/Figure.tsx";
import { counted, whole } from "../../components/format.ts";
import { Panel } from "../../components/Panel.tsx";
import { ChooseDocuments } from "./DropDocuments.tsx";
import { FileList } from "./FileList.tsx";

/** What was read, and what was not. */
export const Documents = ({ view }: { view: QuestionsView }) => {
  const { doing, discard } = useQuestions(pick("doing", "discard"));
  const [opened, { open, close }] = useDisclosure(false);
  return (
    <Panel
      title={view.name}
      actions={
        !doing && (
          <Group gap="sm">
            <ChooseDocuments size="sm" />
            <Button
              size="sm"
              variant="subtle"
              color="gray"
              leftSection={<IconTrash size={16} aria-hidden />}
              onClick={open}
            >
              Remove
            </Button>
          </Group>
        )
      }
    >
      <Group gap="16px 40px" align="flex-start">
        <Figure label="Documents" value={whole(view.documents)} />
        <Figure label="Left out" value={whole(view.refused)} tone={view.refused > 0 ? "bad" : "plain"} />
        <Figure label="Passages" value={whole(view.passages)} />
        <Figure label="Tokens" value={whole(view.tokens)} detail="as the base model counts" />
      </Group>
      <FileList view={view} />
      <Modal
        opened={opened}
        onClose={close}
        title={`Remove ${view.name}?`}
        closeButtonProps={{ "aria-label": "Close" }}
      >
        <Text>
          Its {counted(view.passages, "passage")} and what was written about them go from this browser. Data sets that
          you made of them stay.
        </Text>
        <Group justify="flex-end" mt="md">
          <Button variant="default" onClick={close}>
            Keep
          </Button>
          <Button color="brick" onClick={() => void discard().then(close)}>
            Remove
          </Button>
        </Group>
      </Modal>
    </Panel>
  );
};
