import { Button, SimpleGrid, Skeleton, Stack } from "@mantine/core";
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
  const promoting = params.get("promote");
  const opened = params.get("version") ?? list?.production ?? list?.versions[0]?.version ?? null;
  return (
    <Page
      title="Models"
      lead="Versions on the server: which one serves, what it was made of, and who decided so."
      action={
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
      }
    >
      {problem && (
        <ProblemPanel
          problem={problem}
          kept={list ? "Below is what the server said last." : "Your runs and their artifacts stay in this browser."}
        />
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
          A finished run becomes a version when its artifact is uploaded. The server checks every file and recomputes the
          fingerprint; then a gate compares it with what serves, and you decide.
        </EmptyState>
      )}
      {list && list.versions.length > 0 && (
        <Stack gap="lg">
          <StaleIndex />
          <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="lg">
            <Production list={list} onOpen={(version) => name("version", version)} />
            <Candidates
              list={list}
              opened={opened}
              onOpen={(version) => name("version", version)}
              onPromote={(version) => name("promote", version)}
            />
          </SimpleGrid>
          {opened && <VersionDetail key={opened} version={opened} onPromote={() => name("promote", opened)} />}
          <Panel title="History" note="append-only, newest first" actions={<IconHistory size={18} aria-hidden />}>
            <History />
          </Panel>
        </Stack>
      )}
      {promoting && <GateDialog key={promoting} version={promoting} onClose={() => name("promote", null)} />}
    </Page>
  );
}
