import { Alert, Anchor, Group, Select, Text } from "@mantine/core";
import { Link } from "react-router";
import { useDatasets } from "../../../../app/datasets/hooks.ts";
import { pick } from "../../../../app/pick.ts";
import { counted, moment } from "../../../components/format.ts";
import { Panel } from "../../../components/Panel.tsx";

/** Which data set is learnt from; its state in words. */
export const DatasetPicker = () => {
  const { list, current, open } = useDatasets(pick("list", "current", "open"));
  return (
    <Panel
      title="Data set"
      actions={
        <Anchor component={Link} to="/data" size="sm">
          Go to Data
        </Anchor>
      }
    >
      {list.length === 0 ? (
        <Text c="dimmed">None yet. Drop a file anywhere on the page, or try the sample on the Data screen.</Text>
      ) : (
        <Group gap="lg" align="center">
          <Select
            aria-label="Data set"
            w={{ base: "100%", xs: 520 }}
            data={list.map(({ id, name, createdAt }) => ({ value: id, label: `${name} (${moment(createdAt)})` }))}
            value={current?.summary.id ?? null}
            placeholder="Choose a data set"
            allowDeselect={false}
            onChange={(id) => id !== null && void open(id)}
          />
          {current?.split && (
            <Text c="dimmed" className="numbers">
              {counted(current.split.train, "row")} to learn from, {current.split.dev} for dev, {current.split.test} for
              the test
            </Text>
          )}
        </Group>
      )}
      {current && !current.split && (
        <Alert color="ochre" variant="light" mt="md" role="status">
          {current.summary.missing ?? "Make a split"} on the <Link to="/data">Data screen</Link>. Training can start
          after that.
        </Alert>
      )}
    </Panel>
  );
};
