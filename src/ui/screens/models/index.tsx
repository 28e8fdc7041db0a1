import { Button, Group, Skeleton, Stack } from "@mantine/core";
import { IconBox, IconHistory, IconRefresh } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import { Link, useSearchParams } from "react-router";
import { useModels } from "../../../app/registry/hooks.ts";
import { EmptyState } from "../../components/EmptyState.tsx";
import { Page } from "../../components/Page.tsx";
import { Panel } from "../../components/Panel.tsx";
import { ProblemPanel } from "../../components/ProblemPanel.tsx";
import { Candidates } from "./Candidates.tsx";
import { GateDialog } from "./GateDialog.tsx";
import { ImportChoice } from "./ImportChoice.tsx";
import { ImportFolder } from "./ImportFolder.tsx";
import { History } from "./History.tsx";
import { Production } from "./Production.tsx";
import { ServerToken } from "../../components/ServerToken.tsx";
import { StaleIndex } from "./StaleIndex.tsx";
import { Uploads } from "./Uploads.tsx";
import { VersionDetail } from "./VersionDetail.tsx";

/** What the server has, what serves, and how that came about. */
export default function ModelsScreen() {
  const [params, setParams] = useSearchParams();
  const { status, problem, list, refresh } = useModels((state) => state);
  const [again, setAgain] = useState(false);
  useEffect(() => void refresh(), [refresh]);
  const name = (key: "version" | "promote", value: string | null) =>
    setParams((now) => {
      const next = new URLSearchParams(now);
      if (value === null) next.delete(key);
      else next.set(key, value);
      return next;
    });
  const isHere = (version: string | null) => !list || list.versions.some((one) => one.version === version);
  const asked = { promote: params.get("promote"), version: params.get("version") };
  const absent = [asked.promote, asked.version].find((version) => version !== null && !isHere(version));
  const promoting = isHere(asked.promote) ? asked.promote : null;
  const opened =
    (isHere(asked.version) ? asked.version : null) ?? list?.production ?? list?.versions[0]?.version ?? null;
  return (
    <Page
      title="Models"
      lead="Versions on the server: which one is in production, what it is made of, and who decided."
      action={
        <Group gap="sm">
          <ImportFolder onRegistered={(version) => name("promote", version)} />
          <Button
            variant="default"
            leftSection={<IconRefresh size={16} aria-hidden />}
            loading={again}
            onClick={() => {
              setAgain(true);
              void refresh().finally(() => setAgain(false));
            }}
          >
            Refresh
          </Button>
        </Group>
      }
    >
      {problem && (
        <ProblemPanel
          problem={problem}
          kept={
            list ? "What you see below is from the last answer." : "Your runs and their artifacts stay in this browser."
          }
        />
      )}
      {absent && (
        <ProblemPanel
          problem={{
            code: "version-unknown",
            message: `This server has no version ${absent}.`,
            hint: "It may be registered on another server, or the address is mistyped.",
          }}
          tone="ochre"
        >
          <Button size="xs" variant="default" onClick={() => setParams({})}>
            Show all versions
          </Button>
        </ProblemPanel>
      )}
      <ServerToken />
      <Uploads onRegistered={(version) => name("promote", version)} />
      {status === "loading" && <Skeleton height={220} radius="md" aria-label="Asking the server" />}
      {list && list.versions.length === 0 && (
        <EmptyState
          icon={IconBox}
          title="No version registered yet"
          action={
            <Button component={Link} to="/compare">
              Choose a run
            </Button>
          }
        >
          A finished run becomes a version as soon as you ask to promote it: the server checks its files, compares it
          with what is in production, and you decide. An adapter of PEFT, Unsloth or ms-swift comes in when you drop its
          folder here.
        </EmptyState>
      )}
      {list && list.versions.length > 0 && (
        <Stack gap="md">
          <StaleIndex />
          <Production list={list} onOpen={(version) => name("version", version)} />
          <Candidates
            list={list}
            opened={opened}
            onOpen={(version) => name("version", version)}
            onPromote={(version) => name("promote", version)}
          />
          {opened && <VersionDetail key={opened} version={opened} onPromote={() => name("promote", opened)} />}
          <Panel
            title="History"
            note="newest first; nothing is ever changed or removed"
            actions={<IconHistory size={18} aria-hidden />}
          >
            <History />
          </Panel>
        </Stack>
      )}
      <ImportChoice onRegistered={(version) => name("promote", version)} />
      {promoting && <GateDialog key={promoting} version={promoting} onClose={() => name("promote", null)} />}
    </Page>
  );
}
