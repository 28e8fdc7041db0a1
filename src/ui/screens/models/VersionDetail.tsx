import { Button, Code, Group, Skeleton, Table, Tabs, Text } from "@mantine/core";
import { useEffect, useState } from "react";
import type { ModelDetail } from "../../../domain/api/index.ts";
import { VERDICT_WORDS } from "../../../domain/evaluation/index.ts";
import { manifestSchema } from "../../../domain/artifact/index.ts";
import { toProblem, type Problem } from "../../../domain/errors.ts";
import { useForms } from "../../../app/forms/hooks.ts";
import { useModels } from "../../../app/registry/hooks.ts";
import { runOf } from "../../../app/registry/sameModel.ts";
import { useRuns } from "../../../app/runs/hooks.ts";
import { bytes, percent, points, whole } from "../../charts/index.ts";
import { moment } from "../../components/format.ts";
import { ColumnHeads } from "../../components/ColumnHeads.tsx";
import { DownloadMenu } from "../../components/forms/DownloadMenu.tsx";
import { FormStatus } from "../../components/forms/FormStatus.tsx";
import { Panel } from "../../components/Panel.tsx";
import { ProblemPanel } from "../../components/ProblemPanel.tsx";
import { UseIt } from "./UseIt.tsx";
import { Publish } from "./Publish.tsx";
import { ChangeState } from "./ChangeState.tsx";
import { VersionState } from "./VersionState.tsx";
import { WideTable } from "../../components/WideTable.tsx";

/** One version: where it comes from, its card, its files. */
export const VersionDetail = ({ version, onPromote }: { version: string; onPromote: () => void }) => {
  const detail = useModels((state) => state.details[version]);
  const load = useModels((state) => state.loadDetail);
  const download = useModels((state) => state.download);
  const downloadForm = useForms((state) => state.ofVersion);
  const list = useModels((state) => state.list);
  const runs = useRuns((state) => state.runs);
  const run = runOf(version, runs, list);
  const said = useModels((state) => state.problem?.code);
  const [problem, setProblem] = useState<Problem | null>(null);
  const asked = detail === undefined;
  useEffect(() => {
    if (asked)
      load(version).then(
        () => setProblem(null),
        (thrown: unknown) => setProblem(toProblem(thrown)),
      );
  }, [load, version, asked]);
  // What the whole list says already is not said twice.
  if (problem && !detail) return problem.code === said ? null : <ProblemPanel problem={problem} />;
  if (!detail) return <Skeleton height={260} radius="md" aria-label={`Loading ${version}`} />;
  return (
    <Panel
      title={
        <Group gap="xs" component="span">
          {detail.version} <VersionState state={detail.state} />
        </Group>
      }
      note={detail.name}
      actions={
        <Group gap="xs">
          <DownloadMenu
            size="xs"
            adapterBytes={detail.fileList.reduce((sum, file) => sum + file.bytes, 0)}
            onAdapter={() => download(version)}
            run={run ?? null}
            here={false}
            onForm={({ form, dtype }) => downloadForm(version, form, dtype)}
          />
          <Publish version={detail.version} />
          <ChangeState version={detail} />
          {(detail.state === "candidate" || detail.state === "previous") && (
            <Button size="xs" variant="light" onClick={onPromote}>
              Promote
            </Button>
          )}
        </Group>
      }
    >
      {detail.problem && <ProblemPanel problem={detail.problem} />}
      <FormStatus of={version} mb="md" />
      {run && <FormStatus of={run.id} mb="md" />}
      <Tabs defaultValue="lineage" keepMounted={false}>
        <Tabs.List mb="md">
          <Tabs.Tab value="lineage">Lineage</Tabs.Tab>
          <Tabs.Tab value="card">Model card</Tabs.Tab>
          <Tabs.Tab value="files">Files</Tabs.Tab>
          <Tabs.Tab value="use">Use it</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="lineage">
          <Lineage detail={detail} />
        </Tabs.Panel>
        <Tabs.Panel value="card">
          <Code block style={{ whiteSpace: "pre-wrap" }} mah={480}>
            {detail.card}
          </Code>
        </Tabs.Panel>
        <Tabs.Panel value="use">
          <UseIt version={detail.version} serving={detail.state === "production"} />
        </Tabs.Panel>
        <Tabs.Panel value="files">
          <WideTable label="Files" minWidth={560}>
            <Table aria-label="Files" className="numbers">
              <ColumnHeads names={["File", "Size", "SHA-256"]} />
              <Table.Tbody>
                {detail.fileList.map((file) => (
                  <Table.Tr key={file.path}>
                    <Table.Td>{file.path}</Table.Td>
                    <Table.Td>{bytes(file.bytes)}</Table.Td>
                    <Table.Td className="mono" title={file.sha256}>
                      {file.sha256.slice(0, 16)}…
                    </Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </WideTable>
        </Tabs.Panel>
      </Tabs>
    </Panel>
  );
};

/** From data to device, as the verified manifest says. */
const Lineage = ({ detail }: { detail: ModelDetail }) => {
  const read = manifestSchema.safeParse(detail.manifest);
  const manifest = read.success ? read.data : null;
  const headline = detail.headline;
  const rows: [string, string, string?][] = [
    detail.dataset
      ? ["Data set", `${detail.dataset.name}, ${whole(detail.dataset.rows)} rows`, detail.dataset.fingerprint]
      : ["Data set", "not known: trained elsewhere"],
    ...(detail.splitHash
      ? [
          [
            "Test split",
            manifest?.split
              ? `${whole(manifest.split.test)} of ${whole(manifest.split.train + manifest.split.dev + manifest.split.test)} rows`
              : "",
            detail.splitHash,
          ] satisfies [string, string, string],
        ]
      : []),
    ["Base", `${detail.base.id} @ ${detail.base.revision}`, detail.base.sha256],
    ...(manifest
      ? ([
          ["Query prompt", manifest.prompt.instruction ?? manifest.prompt.query],
          [
            "Adapter",
            `LoRA rank ${manifest.adapter.rank}, alpha ${manifest.adapter.alpha}, ${whole(manifest.adapter.parameters)} parameters`,
          ],
          manifest.training
            ? [
                "Training",
                `${whole(manifest.training.steps)} steps, weights of step ${whole(manifest.training.bestStep)}, seed ${manifest.seed}`,
              ]
            : [
                "Origin",
                ["Imported", manifest.imported?.tool, ...(manifest.imported?.notes ?? [])].filter(Boolean).join(". "),
              ],
          [
            "Device",
            manifest.device === null
              ? "not known"
              : `${manifest.device.backend}, ${manifest.device.adapter}${manifest.selfTest ? `, self-test ${manifest.selfTest.passed ? "passed" : "failed"}` : ""}`,
          ],
          ["Engine", `${manifest.engine.name} ${manifest.engine.version}`],
        ] satisfies [string, string][])
      : []),
    ["Fingerprint", "of base, adapter and prompts together", detail.fingerprint],
    ...(headline
      ? [
          [
            "Score",
            `${headline.metric} ${percent(headline.baseline)} → ${percent(headline.tuned)} on ${whole(headline.queries)} queries (95 % interval ${points(headline.interval[0])} to ${points(headline.interval[1])}, ${VERDICT_WORDS[headline.verdict]})`,
          ] satisfies [string, string],
        ]
      : []),
    ["Registered", moment(detail.registeredAt)],
    ["For other tools", `${detail.repo} @ ${detail.version}`, detail.commit],
  ];
  return (
    <Table aria-label="Lineage" layout="fixed">
      <Table.Tbody>
        {rows.map(([name, value, hash]) => (
          <Table.Tr key={name}>
            <Table.Th scope="row" w={150} fw={500}>
              {name}
            </Table.Th>
            <Table.Td style={{ overflowWrap: "anywhere" }}>
              {value}
              {hash && (
                <Text size="xs" c="dimmed" className="mono">
                  {hash}
                </Text>
              )}
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
};
