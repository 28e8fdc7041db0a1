import { Button, Group, SegmentedControl, SimpleGrid, Stack, Text } from "@mantine/core";
import { useMemo, useState } from "react";
import { useComparison } from "../../../app/comparison/hooks.ts";
import { projectionKey } from "../../../app/comparison/store.ts";
import { at } from "../../../domain/present.ts";
import type { WholeRun } from "../../../domain/run/types.ts";
import { counted, ScatterProjection, whole, type ProjectedPoint, type SeriesLook } from "../../charts/index.ts";
import { Panel } from "../../components/Panel.tsx";
import { ProblemPanel } from "../../components/ProblemPanel.tsx";
import { Term } from "../../components/Term.tsx";
import { Underway } from "../../components/Underway.tsx";

/** Documents have ids below zero, so that queries keep their own numbers. */
const documentId = (document: number): number => -1 - document;

const NEAREST = 20;
const GROUPS: readonly { name: string; look: SeriesLook }[] = [
  { name: "Queries", look: "tuned" },
  { name: "Documents", look: "baseline" },
];

/** Both embedding spaces as linked pictures. They are drawn on request, because the texts have to be embedded for them. */
export const Spaces = (props: {
  run: WholeRun;
  query: number | null;
  selected: ReadonlySet<number>;
  onSelect: (ids: ReadonlySet<number>) => void;
}) => {
  const { run, query, selected, onSelect } = props;
  const [method, setMethod] = useState<"pca" | "umap">("pca");
  const drawn = useComparison((state) => state.projections[projectionKey(run, method)]);
  const project = useComparison((state) => state.project);
  const stop = useComparison((state) => state.stopProjection);
  const spaces = drawn?.status === "done" ? drawn.spaces : null;
  const points = useMemo(() => {
    if (!spaces) return null;
    const ids = [...spaces.queries, ...spaces.documents.map(documentId)];
    const texts = [...spaces.queries.map((index) => run.queries[index]?.text ?? ""), ...spaces.texts];
    const place = (places: Float32Array): ProjectedPoint[] =>
      ids.map((id, index) => ({
        id,
        group: id < 0 ? "Documents" : "Queries",
        text: texts[index] ?? "",
        x: at(places, 2 * index),
        y: at(places, 2 * index + 1),
      }));
    return { baseline: place(spaces.baseline), tuned: place(spaces.tuned) };
  }, [spaces, run]);
  const focus = useMemo(
    () => new Set(query === null ? [] : [query, ...at(run.queries, query).relevant.map(documentId)]),
    [query, run],
  );
  const here = query === null ? undefined : points?.tuned.find(({ id }) => id === query);
  const selectNearest = () => {
    if (!here || !points) return;
    const distance = ({ x, y }: ProjectedPoint) => Math.hypot(x - here.x, y - here.y);
    onSelect(
      new Set(
        points.tuned
          .toSorted((a, b) => distance(a) - distance(b))
          .slice(0, NEAREST)
          .map(({ id }) => id),
      ),
    );
  };
  return (
    <Panel
      title="Maps of both spaces"
      note="approximate: two dimensions of many"
      actions={
        <Group gap="xs">
          <Term of={method === "pca" ? "PCA" : "UMAP"}>Method</Term>
          <SegmentedControl
            size="xs"
            aria-label="Method of projection"
            value={method}
            onChange={(value) => setMethod(value)}
            data={[
              { value: "pca", label: "PCA" },
              { value: "umap", label: "UMAP" },
            ]}
          />
        </Group>
      }
    >
      {!drawn && (
        <Stack align="flex-start" gap="sm">
          <Text c="dimmed" maw={640}>
            See where queries and documents lie before and after tuning. Both models embed the texts here in the
            browser. Distances on the maps are a hint, not a measurement.
          </Text>
          <Button variant="default" onClick={() => void project(run, method)}>
            Draw both maps
          </Button>
        </Stack>
      )}
      {drawn?.status === "working" && <Underway label="Embedding the first texts" progress={drawn} onStop={stop} />}
      {drawn?.status === "failed" && (
        <ProblemPanel problem={drawn.problem} tone="ochre">
          <Button variant="default" size="xs" onClick={() => void project(run, method)}>
            Try again
          </Button>
        </ProblemPanel>
      )}
      {points && (
        <Stack gap="sm">
          {drawn?.status === "done" && drawn.more && (
            <Underway
              label={`A first ${whole(points.tuned.length)} points; adding the rest`}
              progress={drawn.more}
              onStop={stop}
            />
          )}
          <Group gap="sm">
            <Text size="sm" c="dimmed">
              Drag around points to select them on both maps. The ring marks the open query and its right document.
            </Text>
            <Button size="xs" variant="default" disabled={!here} onClick={selectNearest}>
              Select the {NEAREST} nearest to the query
            </Button>
            {drawn?.status === "done" && !drawn.complete && !drawn.more && (
              <Button size="xs" variant="default" onClick={() => void project(run, method)}>
                Add the remaining points
              </Button>
            )}
            {selected.size > 0 && (
              <Button size="xs" variant="subtle" onClick={() => onSelect(new Set())}>
                Clear {counted(selected.size, "point")}
              </Button>
            )}
          </Group>
          <SimpleGrid cols={{ base: 1, md: 2 }} spacing="lg">
            <ScatterProjection
              title="Baseline"
              points={points.baseline}
              groups={GROUPS}
              selected={selected}
              onSelect={onSelect}
              focus={focus}
            />
            <ScatterProjection
              title="Tuned"
              points={points.tuned}
              groups={GROUPS}
              selected={selected}
              onSelect={onSelect}
              focus={focus}
            />
          </SimpleGrid>
        </Stack>
      )}
    </Panel>
  );
};
