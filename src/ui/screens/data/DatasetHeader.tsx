import { ActionIcon, Button, CloseButton, FileButton, Group, Menu, Modal, Select, Text, Tooltip } from "@mantine/core";
import { IconChevronDown, IconFileUpload, IconSparkles, IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import { useDatasets } from "../../../app/datasets/hooks.ts";
import { pick } from "../../../app/pick.ts";
import { moment, whole } from "../../components/format.ts";
import { ProblemPanel } from "../../components/ProblemPanel.tsx";
import { ACCEPT, SAMPLE_PAIRS, SAMPLES } from "./fileTypes.ts";
import { useSample } from "./useSample.ts";

/** Which data set is open, and how to get another. */
export const DatasetHeader = () => {
  const { list, current, open, close, addFile, remove } = useDatasets(
    pick("list", "current", "open", "close", "addFile", "remove"),
  );
  const sample = useSample();
  const [doomed, setDoomed] = useState(false);
  if (!current) return null;
  return (
    <>
      <Group gap="sm">
        <Group gap={4} wrap="nowrap" w={{ base: "100%", xs: "auto" }}>
          <Select
            aria-label="Open data set"
            w={{ base: "auto", xs: 480 }}
            flex={{ base: 1, xs: "none" }}
            data={list.map(({ id, name, createdAt }) => ({ value: id, label: `${name} (${moment(createdAt)})` }))}
            value={current.summary.id}
            allowDeselect={false}
            onChange={(id) => id !== null && void open(id)}
          />
          <Tooltip label="Remove this data set from the browser">
            <ActionIcon
              variant="subtle"
              color="gray"
              size="lg"
              aria-label="Remove this data set"
              onClick={() => setDoomed(true)}
            >
              <IconTrash size={18} stroke={1.6} />
            </ActionIcon>
          </Tooltip>
          <CloseButton aria-label="Close this data set" onClick={close} title="Close; it stays stored" />
        </Group>
        <FileButton accept={ACCEPT} onChange={(file) => file && void addFile(file, file.name)}>
          {(props) => (
            <Button variant="default" leftSection={<IconFileUpload size={17} aria-hidden />} {...props}>
              Choose another file
            </Button>
          )}
        </FileButton>
        <Menu position="bottom-end">
          <Menu.Target>
            <Button
              variant="default"
              rightSection={<IconChevronDown size={16} aria-hidden />}
              leftSection={<IconSparkles size={17} aria-hidden />}
              loading={sample.busy}
            >
              Samples
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item onClick={() => sample.take(SAMPLES.good)}>
              {whole(SAMPLE_PAIRS)} pairs of a help center
            </Menu.Item>
            <Menu.Item onClick={() => sample.take(SAMPLES.flawed)}>A file with bad lines</Menu.Item>
          </Menu.Dropdown>
        </Menu>
      </Group>
      {sample.problem && <ProblemPanel problem={sample.problem} />}
      <Modal
        opened={doomed}
        onClose={() => setDoomed(false)}
        title="Remove this data set?"
        closeButtonProps={{ "aria-label": "Close" }}
      >
        <Text>
          {current.file.fileName} is deleted from this browser; your file on disk stays. Runs trained on it keep what
          they need.
        </Text>
        <Group justify="flex-end" mt="lg">
          <Button variant="default" onClick={() => setDoomed(false)}>
            Keep it
          </Button>
          <Button
            color="brick"
            onClick={() => {
              setDoomed(false);
              void remove(current.summary.id);
            }}
          >
            Remove
          </Button>
        </Group>
      </Modal>
    </>
  );
};
