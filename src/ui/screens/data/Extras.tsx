import { ActionIcon, Button, FileButton, Group, SimpleGrid, Text, Tooltip } from "@mantine/core";
import { IconFileUpload, IconX } from "@tabler/icons-react";
import { useDatasets } from "../../../app/datasets/hooks.ts";
import type { DatasetView } from "../../../app/datasets/store.ts";
import { pick } from "../../../app/pick.ts";
import { counted } from "../../components/format.ts";
import { Panel } from "../../components/Panel.tsx";
import { ACCEPT } from "./fileTypes.ts";
import { testFileWords } from "./fileWords.ts";

const Extra = (props: {
  title: string;
  about: string;
  present: { name: string; count: string } | null;
  choose: string;
  onFile: (file: File) => void;
  onRemove: () => void;
}) => (
  <div>
    <Text fw={550}>{props.title}</Text>
    <Text size="sm" c="dimmed" mb="xs">
      {props.about}
    </Text>
    {props.present ? (
      <Group gap="xs">
        <Text size="sm" className="numbers">
          {props.present.name}: {props.present.count}
        </Text>
        <Tooltip label="Remove">
          <ActionIcon
            variant="subtle"
            color="gray"
            size="sm"
            onClick={props.onRemove}
            aria-label={`Remove ${props.present.name}`}
          >
            <IconX size={16} />
          </ActionIcon>
        </Tooltip>
      </Group>
    ) : (
      <FileButton accept={ACCEPT} onChange={(file) => file && props.onFile(file)}>
        {(button) => (
          <Button
            variant="default"
            size="compact-md"
            leftSection={<IconFileUpload size={16} aria-hidden />}
            {...button}
          >
            {props.choose}
          </Button>
        )}
      </FileButton>
    )}
  </div>
);

/** A test file and a corpus of its own. */
export const Extras = ({ dataset }: { dataset: DatasetView }) => {
  const { addTestFile, addCorpusFile, removeExtra } = useDatasets(pick("addTestFile", "addCorpusFile", "removeExtra"));
  return (
    <Panel title="More files" note="optional">
      <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="xl">
        <Extra
          title="Test pairs"
          about="Used as the test set, in place of a part of the pairs above."
          present={dataset.test && { name: dataset.test.name, count: testFileWords(dataset.test) }}
          choose="Choose a test file"
          onFile={(file) => void addTestFile(file, file.name)}
          onRemove={() => void removeExtra("test")}
        />
        <Extra
          title="Corpus"
          about="More documents to search among, so that the test is as hard as real use."
          present={
            dataset.corpus && {
              name: dataset.corpus.name,
              count: counted(dataset.corpus.documents, "document"),
            }
          }
          choose="Choose a corpus file"
          onFile={(file) => void addCorpusFile(file, file.name)}
          onRemove={() => void removeExtra("corpus")}
        />
      </SimpleGrid>
    </Panel>
  );
};
