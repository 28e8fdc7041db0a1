import { Button, Group, Kbd, SegmentedControl, Select, Stack, Text, TextInput, VisuallyHidden } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { useMemo, useState } from "react";
import type { WholeRun } from "../../../domain/run/types.ts";
import { useExclusions } from "../../../app/datasets/hooks.ts";
import { isExcluded } from "../../../app/datasets/exclusionsStore.ts";
import { notifyProblem } from "../../components/notify.ts";
import { useDocuments, useReadDocuments } from "../../../app/runs/hooks.ts";
import { rankText } from "../../../app/comparison/ranks.ts";
import { counted, whole } from "../../charts/index.ts";
import { useSingleKeys } from "../../shell/useSingleKeys.ts";
import { capitalized } from "../../components/format.ts";
import { at } from "../../../domain/present.ts";
import { Detail, VIEWS, type View } from "./Detail.tsx";
import { Flagged } from "./Flagged.tsx";
import classes from "./inspect.module.css";
import { KindFilter } from "./KindFilter.tsx";
import { QueryTable } from "./QueryTable.tsx";
import { Spaces } from "./Spaces.tsx";
import { useShownDocuments } from "./useShownDocuments.ts";
import { SHOWN, useInspection } from "./useInspection.ts";
import { useKind } from "./useKind.ts";

/** The list of queries, the open one, and the spaces they lie in. */
export const Workbench = ({ run }: { run: WholeRun }) => {
  const [selected, setSelected] = useState<ReadonlySet<number>>(new Set());
  const [view, setView] = useState<View>("both");
  const lassoed = useMemo(() => {
    const queries = [...selected].filter((id) => id >= 0);
    return queries.length ? new Set(queries) : null;
  }, [selected]);
  const { kind, groups, chosen, choose } = useKind(run);
  const ofKind = kind?.queries ?? null;
  const shown = useMemo(
    () => (lassoed && ofKind ? new Set([...lassoed].filter((query) => ofKind.has(query))) : (lassoed ?? ofKind)),
    [lassoed, ofKind],
  );
  const list = useInspection(run, shown);
  const pairs = useExclusions((state) => state.pairs);
  const toggle = useExclusions((state) => state.toggle);
  const readDocuments = useReadDocuments();
  const documentAt = useDocuments(run.id, useShownDocuments(run, list.open?.query ?? null));
  /** Null while a document of it is being read. */
  const pairOf = (query: number) => {
    const { text, relevant } = at(run.queries, query);
    const positives = relevant.map(documentAt).filter((document) => document !== null);
    return positives.length === relevant.length ? { query: text, positives } : null;
  };
  const flagged = (query: number) => {
    const pair = pairOf(query);
    return pair !== null && isExcluded(pairs, pair);
  };
  const flag = () => {
    if (!list.open) return;
    const { text, relevant } = at(run.queries, list.open.query);
    readDocuments(run.id, relevant).then(
      (positives) => toggle({ dataset: run.dataset.name, query: text, positives }),
      notifyProblem,
    );
  };
  const step = (by: number) => {
    const next = list.rows[list.place + by];
    if (next) list.setOpen(next.query);
  };
  useSingleKeys({
    j: () => step(1),
    k: () => step(-1),
    b: () => setView(at(VIEWS, (VIEWS.indexOf(view) + 1) % VIEWS.length)),
    x: flag,
  });
  return (
    <Stack gap="md">
      <Group justify="space-between" gap="md">
        <SegmentedControl
          aria-label="Queries shown"
          value={list.show}
          onChange={(value) => list.setShow(value)}
          data={SHOWN.map((show) => ({
            value: show,
            label: `${capitalized(show)} ${whole(show === "all" ? list.total : list.counts[show])}`,
          }))}
        />
        <Group gap="sm">
          <Select
            aria-label="Order"
            w={190}
            value={list.sort}
            onChange={(value) => value && list.setSort(value)}
            allowDeselect={false}
            data={[
              { value: "change", label: "Largest change first" },
              { value: "loss", label: "Largest loss first" },
              { value: "gain", label: "Largest gain first" },
              { value: "file", label: "As in the test set" },
            ]}
          />
          <KindFilter groups={groups} chosen={chosen} onChoose={choose} />
          <TextInput
            aria-label="Find in the queries"
            placeholder="Find in the queries"
            leftSection={<IconSearch size={16} aria-hidden />}
            value={list.find}
            onChange={(event) => list.setFind(event.currentTarget.value)}
            w={190}
          />
        </Group>
      </Group>
      <Flagged dataset={run.dataset.name} />
      <div className={classes.layout}>
        <Stack gap="xs" className={classes.list}>
          {kind && (
            <Group gap="xs">
              <Text size="sm">
                {counted(kind.queries.size, "query", "queries")}: {kind.name}
              </Text>
              <Button size="compact-xs" variant="subtle" onClick={() => choose(null)}>
                All kinds
              </Button>
            </Group>
          )}
          {lassoed && (
            <Group gap="xs">
              <Text size="sm">{counted(lassoed.size, "query", "queries")} selected in the maps below</Text>
              <Button size="compact-xs" variant="subtle" onClick={() => setSelected(new Set())}>
                Show all
              </Button>
            </Group>
          )}
          {list.rows.length > 0 ? (
            <QueryTable rows={list.rows} place={list.place} flagged={flagged} onOpen={list.setOpen} />
          ) : (
            <Stack align="center" gap="xs" py="xl">
              <Text c="dimmed">No query matches.</Text>
              {list.find !== "" && (
                <Button size="compact-sm" variant="default" onClick={() => list.setFind("")}>
                  Empty the search
                </Button>
              )}
            </Stack>
          )}
          <Text size="xs" c="dimmed" visibleFrom="sm">
            <Kbd size="xs">j</Kbd> <Kbd size="xs">k</Kbd> next and previous, <Kbd size="xs">b</Kbd> other model,{" "}
            <Kbd size="xs">x</Kbd> bad pair
          </Text>
        </Stack>
        {list.open && (
          <Detail
            run={run}
            row={list.open}
            documentAt={documentAt}
            view={view}
            onView={setView}
            flagged={flagged(list.open.query)}
            onFlag={flag}
          />
        )}
      </div>
      <VisuallyHidden role="status">
        {list.open ? `${list.open.text}, first right document ${rankText(list.open)}` : ""}
      </VisuallyHidden>
      <Spaces run={run} query={list.open?.query ?? null} selected={selected} onSelect={setSelected} />
    </Stack>
  );
};
