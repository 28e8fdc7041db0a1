import { Button, Group, NumberInput, Select, Stack, TagsInput, Text, TextInput } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { useEffect, useRef, useState } from "react";
import { useSearchParams } from "react-router";
import {
  fitsAddress,
  MAX_QUESTION,
  searchModeSchema,
  type IndexStatus,
  type SearchMode,
} from "../../../domain/api/index.ts";
import { useModels } from "../../../app/registry/hooks.ts";
import { usePageModels, useSearch } from "../../../app/search/hooks.ts";
import { counted, whole } from "../../charts/index.ts";
import { searchDimensions } from "../../../app/search/dimensions.ts";
import { Panel } from "../../components/Panel.tsx";
import { ModeControl } from "./ModeControl.tsx";
import { RerankSwitch, useRerank } from "./RerankSwitch.tsx";
import { Suggestions } from "./Suggestions.tsx";
import { Where } from "./Where.tsx";

/** A filter's form, as the server reads it. */
const isCondition = (value: string): boolean => /^[^:]+:.+$/.test(value);
/** Results of a link, within what a search may give. */
const resultsIn = (asked: string | null): number => Math.min(100, Math.max(1, Math.round(Number(asked)) || 10));

/**
 * One question for the baseline, production and, on request, a candidate. It stands in the address, so that a search has a link of
 * its own; not where the page embeds, since a reload would send the address to the server, nor one too long for an address.
 */
export const SearchForm = ({ index }: { index: IndexStatus }) => {
  const [params, setParams] = useSearchParams();
  const search = useSearch((state) => state.search);
  const asked = useSearch((state) => state.asked);
  const shownCandidate = useSearch((state) => state.candidate);
  const busy = useSearch((state) => Object.values(state.sides).some((side) => side?.status === "searching"));
  const [q, setQ] = useState(params.get("q") ?? "");
  const [k, setK] = useState(resultsIn(params.get("k")));
  const [mode, setMode] = useState<SearchMode>(searchModeSchema.catch("hybrid").parse(params.get("mode")));
  const [chosenRerank, setRerank] = useState<boolean | null>(
    params.has("rerank") ? params.get("rerank") === "true" : null,
  );
  const [dimension, setDimension] = useState<string>(params.get("dimension") ?? "all");
  const [filter, setFilter] = useState<string[]>(params.getAll("filter").filter(isCondition));
  const [noCondition, setNoCondition] = useState<string | null>(null);
  const [candidate, setCandidate] = useState<string | null>(params.get("candidate"));
  const list = useModels((state) => state.list);
  const refreshModels = useModels((state) => state.refresh);
  useEffect(() => void refreshModels(), [refreshModels]);
  const candidates = (list?.versions ?? []).filter(({ state }) => state === "candidate" || state === "previous");
  const { all, shorter } = searchDimensions(index, candidate);
  const here = usePageModels((state) => state.where === "page");
  const rerank = useRerank(chosenRerank, here);
  const choose = usePageModels((state) => state.choose);
  const ready = usePageModels(({ where, models }) => {
    const states = Object.values(models).map(({ status }) => status);
    return (
      where === "server" || (states.includes("ready") && !states.includes("loading") && !states.includes("asking"))
    );
  });
  const ask = (wanted = q, by = mode) => {
    const question = wanted.trim();
    if (question === "" || question.length > MAX_QUESTION || !ready) return;
    const inAddress = !here && fitsAddress(question);
    const next = new URLSearchParams({
      ...(here ? { embed: "page" } : {}),
      ...(inAddress ? { q: question } : {}),
      k: String(k),
    });
    const run = params.get("run");
    if (run) next.set("run", run);
    // Hybrid is the server's own choice, which it changes, and says so, where it has to.
    const asks = here ? "dense" : by;
    if (asks !== "hybrid") next.set("mode", asks);
    if (rerank !== null && chosenRerank !== null) next.set("rerank", String(rerank));
    if (dimension !== "all") next.set("dimension", dimension);
    for (const one of filter) next.append("filter", one);
    if (candidate) next.set("candidate", candidate);
    setParams(next, { replace: true });
    void search(
      {
        q: question,
        k,
        mode: asks === "hybrid" ? null : asks,
        rerank,
        dimension: dimension === "all" ? null : Number(dimension),
        filter,
      },
      candidate,
    );
  };
  const tooLong = q.trim().length > MAX_QUESTION;
  const changed =
    asked !== null &&
    !busy &&
    ((here ? "dense" : mode) !== (asked.mode ?? "hybrid") ||
      k !== asked.k ||
      (dimension === "all" ? null : Number(dimension)) !== asked.dimension ||
      (chosenRerank !== null && rerank !== null && rerank !== asked.rerank) ||
      filter.join("\n") !== asked.filter.join("\n") ||
      candidate !== shownCandidate);
  // A link with a question asks it once.
  const first = useRef(true);
  useEffect(() => {
    if (first.current && params.get("embed") === "page") choose("page");
    else if (first.current && q.trim() && asked === null) ask();
    first.current = false;
    // eslint-disable-next-line react-hooks/exhaustive-deps -- once, with what the address said at first
  }, []);
  return (
    <Panel>
      <form
        role="search"
        onSubmit={(event) => {
          event.preventDefault();
          ask();
        }}
      >
        <Stack gap="sm">
          <Group align="flex-end" gap="sm" wrap="nowrap">
            <TextInput
              style={{ flex: 1 }}
              size="md"
              label="Question"
              placeholder="Type a question"
              leftSection={<IconSearch size={18} aria-hidden />}
              value={q}
              error={
                tooLong &&
                `The question has ${whole(q.trim().length)} characters; ${whole(MAX_QUESTION)} can be asked at once. Shorten it.`
              }
              onChange={(event) => setQ(event.currentTarget.value)}
            />
            <Button type="submit" size="md" loading={busy} disabled={q.trim() === "" || tooLong || !ready}>
              Search
            </Button>
          </Group>
          <Group gap="sm" align="flex-end">
            <ModeControl mode={mode} onChange={setMode} vectorsOnly={here} />
            <RerankSwitch value={rerank} onChange={setRerank} />
            <NumberInput
              label="Results"
              size="xs"
              w={90}
              min={1}
              max={100}
              value={k}
              onChange={(value) => setK(Number(value) || 10)}
            />
            <Select
              label="Dimensions"
              size="xs"
              w={140}
              allowDeselect={false}
              value={dimension}
              onChange={(value) => setDimension(value ?? "all")}
              data={[
                { value: "all", label: all === null ? "all" : `all ${all}` },
                ...shorter.map((size) => ({ value: String(size), label: `first ${size}` })),
              ]}
            />
            {candidates.length > 0 && (
              <Select
                label="Compare a candidate"
                size="xs"
                w={190}
                placeholder="none"
                clearable
                clearButtonProps={{ "aria-label": "No candidate" }}
                value={candidate}
                onChange={setCandidate}
                data={candidates.map(({ version }) => version)}
              />
            )}
            <TagsInput
              label="Filter"
              size="xs"
              style={{ flex: 1 }}
              miw={220}
              placeholder={filter.length ? undefined : "name:value, then Enter"}
              value={filter}
              error={noCondition !== null && `“${noCondition}” is no condition. Write name:value, such as color:red.`}
              onChange={(values) => {
                setNoCondition(values.find((value) => !isCondition(value)) ?? null);
                setFilter(values.filter(isCondition));
              }}
              clearButtonProps={{ "aria-label": "Remove all conditions" }}
            />
          </Group>
          {changed && (
            <Text size="sm" role="status">
              These settings are not those of the results below. Search again to see theirs.
            </Text>
          )}
          <Suggestions
            onAsk={(question) => {
              setQ(question);
              // As the test asked: what its marks say holds for vectors alone.
              setMode("dense");
              ask(question, "dense");
            }}
          />
          <Where candidate={candidate} />
          <Text size="xs" c="dimmed">
            {counted(index.documents, "document")} in the index,{" "}
            {counted(
              index.collections.reduce((sum, { chunks }) => Math.max(sum, chunks), 0),
              "chunk",
            )}{" "}
            a model.
          </Text>
        </Stack>
      </form>
    </Panel>
  );
};
