import { Button, FileButton, Group, Stack, Text, Title } from "@mantine/core";
import { IconFileText, IconFileUpload, IconSparkles } from "@tabler/icons-react";
import { Link } from "react-router";
import { useDatasets } from "../../../app/datasets/hooks.ts";
import { whole } from "../../components/format.ts";
import { ProblemPanel } from "../../components/ProblemPanel.tsx";
import { ACCEPT, SAMPLE_PAIRS, SAMPLES } from "./fileTypes.ts";
import { PasteButton } from "./Paste.tsx";
import { useSample } from "./useSample.ts";
import classes from "./data.module.css";

const EXAMPLES: readonly [title: string, about: string, code: string][] = [
  [
    "JSON lines",
    "One pair a line: what people type, and the text that answers it.",
    '{"query": "reset my password", "positive": "Open Settings, Account…"}\n{"query": "refund time", "positive": "Refunds take three days…"}',
  ],
  [
    "With hard negatives",
    "Texts that look right but are wrong teach the most.",
    '{"query": "reset my password",\n "positive": "Open Settings, Account…",\n "negatives": ["Passwords have 12 characters…"]}',
  ],
  [
    "CSV, TSV or Parquet",
    "Two columns with text are enough; you confirm which is which.",
    'question,answer\nreset my password,"Open Settings, Account…"',
  ],
];

/** No data set yet: what to bring, and two ways to begin. */
export const EmptyData = () => {
  const addFile = useDatasets((state) => state.addFile);
  const sample = useSample();
  return (
    <Stack gap="xl">
      <div className={classes.drop}>
        <Stack align="center" gap="md">
          <Title order={2} ta="center">
            Drop a file of pairs anywhere
          </Title>
          <Text c="dimmed" ta="center" maw={520}>
            Each pair is a query as people type it and the document that answers it. A few hundred pairs are enough to
            see a difference. The file is read in this browser and is not uploaded.
          </Text>
          <Group justify="center">
            <FileButton accept={ACCEPT} onChange={(file) => file && void addFile(file, file.name)}>
              {(props) => (
                <Button size="md" leftSection={<IconFileUpload size={18} aria-hidden />} {...props}>
                  Choose a file
                </Button>
              )}
            </FileButton>
            <PasteButton size="md" />
            <Button
              size="md"
              variant="default"
              component={Link}
              to="/data/documents"
              leftSection={<IconFileText size={18} aria-hidden />}
            >
              No pairs, only documents
            </Button>
            <Button
              size="md"
              variant="default"
              leftSection={<IconSparkles size={18} aria-hidden />}
              loading={sample.busy}
              onClick={() => sample.take(SAMPLES.good)}
            >
              Try the sample
            </Button>
          </Group>
          <Text size="sm" c="dimmed">
            The sample is the help center of an invented robot fleet: {whole(SAMPLE_PAIRS)} pairs. Or{" "}
            <Button
              variant="transparent"
              size="compact-sm"
              p={0}
              td="underline"
              fw={400}
              onClick={() => sample.take(SAMPLES.flawed)}
            >
              see how a file with bad lines is handled
            </Button>
            .
          </Text>
          {sample.problem && <ProblemPanel problem={sample.problem} />}
        </Stack>
      </div>
      <section aria-label="What a file may look like">
        <div className={classes.examples}>
          {EXAMPLES.map(([title, about, code]) => (
            <div key={title}>
              <Text fw={600}>{title}</Text>
              <Text size="sm" c="dimmed">
                {about}
              </Text>
              <pre className={classes.code}>{code}</pre>
            </div>
          ))}
        </div>
        <Text size="sm" c="dimmed" mt="md">
          Also read: anchor/positive/negative, query/pos/neg, question/answer, DPR, SQuAD, alpaca, RAGAS, what pandas
          writes, pairs with scores, pairs as arrays, queries with a corpus and relevant_docs, the files of a BEIR set
          dropped together, as a folder or as a .zip; each may be packed with gzip.
        </Text>
      </section>
    </Stack>
  );
};
