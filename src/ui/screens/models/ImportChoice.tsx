import { Button, Group, Modal, Select, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { useDatasets } from "../../../app/datasets/hooks.ts";
import { useModels } from "../../../app/registry/hooks.ts";
import type { ModelsState } from "../../../app/registry/store.ts";
import { toProblem, type Problem } from "../../../domain/errors.ts";
import { ProblemPanel } from "../../components/ProblemPanel.tsx";

/** Asks what a model from elsewhere is measured on before it is registered. */
export const ImportChoice = ({ onRegistered }: { onRegistered: (version: string) => void }) => {
  const choosing = useModels((state) => state.choosing);
  const dismiss = useModels((state) => state.dismissImport);
  if (!choosing) return null;
  return (
    <Modal opened onClose={dismiss} title={`Import ${choosing.name}`} closeButtonProps={{ "aria-label": "Close" }}>
      <Choice tests={choosing.tests} onRegistered={onRegistered} />
    </Modal>
  );
};

const Choice = ({
  tests,
  onRegistered,
}: {
  tests: NonNullable<ModelsState["choosing"]>["tests"];
  onRegistered: (version: string) => void;
}) => {
  const importChosen = useModels((state) => state.importChosen);
  const current = useDatasets((state) => state.current);
  const open = tests.find(({ id }) => id === current?.summary.id) ?? tests[0];
  const [test, setTest] = useState<string | null>(open?.id ?? null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const send = (on: string | null) =>
    void importChosen(on).then(
      (version) => version !== null && onRegistered(version),
      (thrown: unknown) => setProblem(toProblem(thrown)),
    );
  return (
    <Stack gap="sm">
      <Text size="sm">
        It was trained elsewhere. Measured on questions of your own, it can be judged like any other version.
      </Text>
      <Select
        label="Measure it on the test of"
        description="The server embeds the test's questions and documents with the base and with this model, and does not keep them."
        data={tests.map(({ id, name }) => ({ value: id, label: name }))}
        value={test}
        allowDeselect={false}
        onChange={setTest}
      />
      {problem && <ProblemPanel problem={problem} />}
      <Group justify="flex-end" gap="sm">
        <Button variant="default" onClick={() => send(null)}>
          Import unmeasured
        </Button>
        <Button disabled={test === null} onClick={() => send(test)}>
          Import and measure
        </Button>
      </Group>
    </Stack>
  );
};
