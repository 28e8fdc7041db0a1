import { Badge, Group, NumberInput, Select, Stack, Table, Text } from "@mantine/core";
import { useLangfuseImport } from "../../../../app/imports/hooks.ts";
import type { LangfuseMapping } from "../../../../app/imports/langfuseStore.ts";
import { pick } from "../../../../app/pick.ts";
import type { LangfusePreview } from "../../../../domain/api/index.ts";
import { counted, moment, whole } from "../../../components/format.ts";
import { Panel } from "../../../components/Panel.tsx";
import { WideTable } from "../../../components/WideTable.tsx";
import { pathWords } from "./words.ts";

type Field = LangfusePreview["fields"]["questions"][number];

const keyOf = (path: Field["path"] | null): string | null => path && JSON.stringify(path);

const Place = (props: {
  label: string;
  fields: readonly Field[];
  value: Field["path"] | null;
  clearable?: boolean;
  onChange: (path: Field["path"] | null) => void;
}) => {
  const chosen = props.fields.find(({ path }) => keyOf(path) === keyOf(props.value));
  return (
    <Select
      label={props.label}
      description={chosen ? `e.g. ${chosen.example.slice(0, 40)}` : "none"}
      w={{ base: "100%", xs: 300 }}
      data={props.fields.map(({ path, found }) => ({
        value: JSON.stringify(path),
        label: `${pathWords(path)} (in ${whole(found)})`,
      }))}
      value={keyOf(props.value)}
      allowDeselect={false}
      clearable={props.clearable}
      onChange={(key) => props.onChange(props.fields.find(({ path }) => keyOf(path) === key)?.path ?? null)}
    />
  );
};

const Mapping = ({ preview, mapping }: { preview: LangfusePreview; mapping: LangfuseMapping }) => {
  const look = useLangfuseImport((state) => state.look);
  const { questions, documents } = preview.fields;
  const change = (patch: Partial<LangfuseMapping>) => void look({ ...mapping, ...patch });
  return (
    <Group align="flex-start" gap="md">
      <Place
        label="The question is in"
        fields={questions}
        value={mapping.question}
        onChange={(question) => question && change({ question })}
      />
      <Place
        label="The documents are in"
        fields={documents}
        value={mapping.documents}
        onChange={(path) => path && change({ documents: path })}
      />
      <NumberInput
        label="Documents taken"
        description="the first so many; empty takes all"
        w={200}
        min={1}
        max={1000}
        allowDecimal={false}
        value={mapping.first ?? ""}
        onBlur={(event) => {
          const first = event.currentTarget.value === "" ? null : Number(event.currentTarget.value);
          if (first !== mapping.first) change({ first });
        }}
      />
    </Group>
  );
};

const Rows = ({ rows }: Pick<LangfusePreview, "rows">) => (
  <WideTable label="A look at the pairs" minWidth={640}>
    <Table miw={640} fz="sm" verticalSpacing="sm" layout="fixed">
      <Table.Thead>
        <Table.Tr>
          <Table.Th scope="col" w={150}>
            When
          </Table.Th>
          <Table.Th scope="col" w="30%">
            Question
          </Table.Th>
          <Table.Th scope="col">Documents</Table.Th>
          <Table.Th scope="col" w={90}>
            Judged
          </Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {rows.map(({ at, query, documents, verdicts }, i) => (
          <Table.Tr key={i} style={{ verticalAlign: "top" }}>
            <Table.Td c="dimmed">{moment(at)}</Table.Td>
            <Table.Td style={{ overflowWrap: "anywhere" }}>{query}</Table.Td>
            <Table.Td style={{ overflowWrap: "anywhere" }}>
              {documents[0]}
              {documents.length > 1 && (
                <Text size="xs" c="dimmed">
                  and {counted(documents.length - 1, "more document")}
                </Text>
              )}
            </Table.Td>
            <Table.Td>
              {verdicts.map((verdict) => (
                <Badge key={verdict} variant="light" color={verdict === "good" ? "spruce" : "brick"}>
                  {verdict}
                </Badge>
              ))}
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  </WideTable>
);

/** The newest judged items as the mapping reads them. */
export const Look = () => {
  const { preview, mapping } = useLangfuseImport(pick("preview", "mapping"));
  if (!preview) return null;
  const { read, judged, unmapped, whole: all } = preview.looked;
  return (
    <Panel title="A look" note={`${counted(judged, "judged item")} among ${all ? "all" : "the newest"} ${whole(read)}`}>
      <Stack gap="md">
        {mapping && <Mapping preview={preview} mapping={mapping} />}
        {!mapping && read > 0 && (
          <Text>
            No question and documents were found in these items. Retrievals have them when the application traces its
            retriever with input and output.
          </Text>
        )}
        {judged === 0 && read > 0 && (
          <Text>None of these items is judged by this score. Choose another score, other rules or a longer time.</Text>
        )}
        {read === 0 && <Text>There is no retrieval in this time. Choose a longer one.</Text>}
        {unmapped > 0 && mapping && (
          <Text size="sm" c="dimmed">
            {counted(unmapped, "judged item has", "judged items have")} no question or no document there and will be
            left out.
          </Text>
        )}
        {preview.rows.length > 0 && <Rows rows={preview.rows} />}
      </Stack>
    </Panel>
  );
};
