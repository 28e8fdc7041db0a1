// Longer than 300 lines: Compare and Inspect over the same stores and contents.
import { at, present } from "../../../domain/present.ts";
import "@mantine/core/styles.css";
import "../../theme/global.css";
import { MantineProvider } from "@mantine/core";
import axe from "axe-core";
import type { ComponentType } from "react";
import { createRoot, type Root } from "react-dom/client";
import { createMemoryRouter, RouterProvider } from "react-router";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { page, userEvent } from "vitest/browser";
import { compareAll, readTrecRun, trecRun } from "../../../domain/evaluation/index.ts";
import type { RetrievalEvaluation } from "../../../domain/evaluation/types.ts";
import { createStore } from "zustand/vanilla";
import type { Measuring } from "../../../app/retention/store.ts";
import { createRerankStore } from "../../../app/comparison/rerankStore.ts";
import { createComparisonStore } from "../../../app/comparison/store.ts";
import { createExclusionsStore } from "../../../app/datasets/exclusionsStore.ts";
import { createEngineStore } from "../../../app/device/store.ts";
import { createRunsStore } from "../../../app/runs/store.ts";
import { createServerStore } from "../../../app/settings/serverStore.ts";
import { createSettingsStore } from "../../../app/settings/store.ts";
import { StoresContext, type Stores } from "../../../app/stores.ts";
import { memoryContents } from "../../../app/testing/runs.ts";
import { sampleRun, sampleSeries } from "../../../app/testing/stores.ts";
import { theme } from "../../theme/theme.ts";
import CompareScreen from "../compare/index.tsx";
import InspectScreen from "./index.tsx";

/** The screens over their real stores; only what lies outside the page (engine, files, server) is absent. */
const storesWith = async (runs: ReturnType<typeof sampleRun>[]) => {
  const kept = new Map<string, string>();
  const storage = {
    read: (key: string) => kept.get(key) ?? null,
    write: (key: string, value: string) => void kept.set(key, value),
  };
  const runsStore = createRunsStore({
    list: async () => runs,
    put: async () => undefined,
    remove: async () => undefined,
  });
  await runsStore.getState().load();
  const { store: runContents, files } = memoryContents(
    Object.fromEntries(
      runs.map((run) => [run.id, { contents: run, series: sampleSeries(run), corpus: run.task.corpus }]),
    ),
  );
  const absent = () => expect.unreachable();
  const engine = createEngineStore({ probe: absent, loadBase: absent });
  const live = {
    getState: () => ({ live: null, downloadArtifact: absent }),
    getInitialState: () => ({ live: null, downloadArtifact: absent }),
    subscribe: () => () => undefined,
  };
  const saved: { name: string; text: string }[] = [];
  const comparison = createComparisonStore({
    data: {
      compare: async (baseline: RetrievalEvaluation, tuned: RetrievalEvaluation) =>
        compareAll(baseline, tuned, { resamples: 200, permutations: 200 }),
      columns: async (id: string) => [
        {
          name: "source",
          values: ["faq", "chat"],
          of: runs.find((run) => run.id === id)?.queries.map((_, i) => (i < 50 ? 0 : 1)) ?? [],
        },
      ],
      externalRun: async (id: string, { file, name }: { file: Blob; name: string }) =>
        readTrecRun(
          await file.text(),
          present(
            runs.find((run) => run.id === id),
            id,
          ).task,
          name,
        ),
      documents: async (id: string, places: readonly number[]) => {
        const corpus = runs.find((run) => run.id === id)?.task.corpus ?? [];
        return places.map((place) => at(corpus, place));
      },
    } as never,
    engine: { embed: absent } as never,
    requireModels: absent,
    project: absent,
    downloads: { text: (name, text) => void saved.push({ name, text }) },
  });
  const models = {
    getState: () => ({ uploadRun: absent }),
    getInitialState: () => ({ uploadRun: absent }),
    subscribe: () => () => undefined,
  };
  const none = { opening: null, status: "idle", problem: null, show: async () => undefined, open: absent };
  const finishedRun = { getState: () => none, getInitialState: () => none, subscribe: () => () => undefined };
  const noForm = { job: null, ofRun: absent };
  const forms = { getState: () => noForm, getInitialState: () => noForm, subscribe: () => () => undefined };
  const exclusions = createExclusionsStore(storage, () => new Date(0));
  const measured: string[] = [];
  const retention = createStore(() => ({
    measuring: {} as Record<string, Measuring>,
    measure: async (id: string) => void measured.push(id),
  }));
  const stores = {
    runs: runsStore,
    runContents,
    settings: createSettingsStore(storage),
    comparison,
    forms,
    exclusions,
    live,
    models,
    engine,
    finishedRun,
    retention,
    reranks: createRerankStore({ reranker: { score: absent }, save: absent, onUnauthorized: absent } as never),
    server: createServerStore({ status: absent }),
  } as unknown as Stores;
  return { stores, exclusions, saved, files, retention, measured };
};

let root: Root;
let host: HTMLElement;
beforeEach(() => {
  document.documentElement.lang = "en";
  document.title = "Recall Studio";
  host = document.body.appendChild(document.createElement("main"));
  root = createRoot(host);
});
afterEach(() => {
  root.unmount();
  host.remove();
});
const open = (stores: Stores, Screen: ComponentType, address: string, scheme: "light" | "dark" = "light") => {
  const router = createMemoryRouter([{ path: "*", Component: Screen }], { initialEntries: [address] });
  root.render(
    <MantineProvider theme={theme} forceColorScheme={scheme}>
      <StoresContext value={stores}>
        <RouterProvider router={router} />
      </StoresContext>
    </MantineProvider>,
  );
  return router;
};
const accessible = async () => {
  // Colors are measured at rest, not while they fade in.
  await Promise.all(document.getAnimations().map(({ finished }) => finished.catch(() => undefined)));
  const { violations } = await axe.run(host, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] });
  expect(violations.map(({ id, nodes }) => `${id}: ${at(nodes, 0).html}`)).toEqual([]);
};
/** Opens a part of More. */
const section = async (title: string) => await page.getByRole("button", { name: title }).click();
const current = () => host.querySelector("[aria-current]")!;

test("Inspect: queries by change of rank, keys that act on the query in view at once, flags that are kept", async () => {
  const run = sampleRun();
  const { stores, exclusions } = await storesWith([run]);
  const router = open(stores, InspectScreen, "/inspect?run=run-1");
  await expect.element(page.getByRole("table", { name: "Queries" })).toBeInTheDocument();
  const first = current().textContent;
  // Without a pause in between: the flag must stand at the query that j went to.
  await userEvent.keyboard("jx");
  await vi.waitFor(() => expect(exclusions.getState().pairs).toHaveLength(1));
  const { query, positives } = at(exclusions.getState().pairs, 0);
  expect(current().textContent).not.toBe(first);
  expect(current().textContent).toContain(query);
  expect(positives).toEqual([run.task.corpus[at(run.task.queries.find(({ text }) => text === query)!.relevant, 0)]]);
  await vi.waitFor(() => expect(router.state.location.search).toMatch(/query=\d+/));
  // The texts of the documents are read when their query is opened.
  await expect.element(page.getByRole("region", { name: "Top ten of Tuned" })).toHaveTextContent("by reference");
  // The list is one stop of the Tab key, at the open query; arrows go on from there.
  const stops = host.querySelectorAll<HTMLElement>("[role=table] button[tabindex='0']");
  expect([...stops].map(({ textContent }) => textContent)).toEqual([query]);
  at([...stops], 0).focus();
  await userEvent.keyboard("{ArrowUp}");
  await vi.waitFor(() => expect(current().textContent).toBe(first));
  await vi.waitFor(() => expect(current().contains(document.activeElement)).toBe(true));
  await userEvent.keyboard("{ArrowDown}");
  await vi.waitFor(() => expect(document.activeElement?.textContent).toBe(query));
  await userEvent.keyboard("b");
  await expect.element(page.getByRole("region", { name: "Top ten of Tuned" })).not.toBeInTheDocument();
  await userEvent.keyboard("bb");
  await expect.element(page.getByRole("region", { name: "Top ten of Tuned" })).toBeInTheDocument();
  await accessible();

  await page.getByLabelText("Find in the queries").fill("case 7");
  await userEvent.keyboard("j");
  await expect.element(page.getByText("Find in the queries")).not.toBeInTheDocument();
  expect((page.getByLabelText("Find in the queries").element() as HTMLInputElement).value).toBe("case 7j");
  await expect.element(page.getByText("No query matches.")).toBeInTheDocument();
  const shown = page.getByRole("radiogroup", { name: "Queries shown" });
  await expect.element(shown.getByText("All 0")).toBeInTheDocument();
  await page.getByRole("button", { name: "Empty the search" }).click();
  await expect.element(shown.getByText("All 80")).toBeInTheDocument();
  // By words, in any order; the counts are those of what is found, and a kind narrows them further.
  await page.getByLabelText("Find in the queries").fill("CLOSURE borrow");
  const both = run.queries.filter(({ text }) => text.includes("borrow") && text.includes("closure"));
  expect(both.length).toBeGreaterThan(0);
  await expect.element(shown.getByText(`All ${both.length}`)).toBeInTheDocument();
  await page.getByLabelText("Find in the queries").fill("");
  await page.getByRole("combobox", { name: "Kind of question" }).click();
  await page.getByRole("option", { name: "chat (30)" }).click();
  await expect.element(shown.getByText("All 30")).toBeInTheDocument();
  await expect.element(page.getByText("30 queries: source: chat")).toBeInTheDocument();
});

test("Inspect: an unknown run says so; dark scheme has the contrast it needs", async () => {
  const { stores } = await storesWith([sampleRun()]);
  open(stores, InspectScreen, "/inspect?run=elsewhere", "dark");
  await expect.element(page.getByRole("alert")).toHaveTextContent("is not stored in this browser");
  await page.getByRole("button", { name: "Show the newest run" }).click();
  await expect.element(page.getByRole("table", { name: "Queries" })).toBeInTheDocument();
  await accessible();
});

test("Compare: verdict, refusal of another split, only what differs, figures to take away", async () => {
  const runs = [
    sampleRun(),
    sampleRun({ id: "run-2", name: "Rank 64", rank: 64, tunedNoise: 0.4 }),
    sampleRun({ id: "run-3", name: "Elsewhere", split: "c".repeat(64) }),
  ];
  const { stores, saved, files } = await storesWith(runs);
  open(stores, CompareScreen, "/compare?run=run-1&with=run-2,run-3");
  await expect.element(page.getByText("Elsewhere cannot be compared with First run.")).toBeInTheDocument();
  await expect.element(page.getByText(/cccccccc, not aaaaaaaa/)).toBeInTheDocument();
  const figures = page.getByRole("table", { name: "All lines against Baseline" });
  await expect.element(figures.getByRole("rowheader", { name: "Hybrid, tuned" })).toBeInTheDocument();
  // Each line with its own interval, and with that of its difference from what is pinned.
  for (const row of figures.getByRole("row").elements().slice(2))
    expect(row.textContent).toMatch(
      /\d % to \d+\.\d %.*[+−]?\d+\.\d \([+−]?\d+\.\d to [+−]?\d+\.\d\)(better|worse|not decided|no change)$/,
    );
  // Nothing below is there before it is opened.
  await expect.element(page.getByRole("table", { name: "Settings" })).not.toBeInTheDocument();
  await section("All metrics");
  await section("Settings");
  await expect.element(page.getByRole("table", { name: "First run against Baseline" })).toBeInTheDocument();
  await expect.element(page.getByRole("table", { name: "Settings" })).toBeInTheDocument();
  const settings = page.getByRole("table", { name: "Settings" }).element();
  expect([...settings.querySelectorAll("tbody tr")].map((row) => row.textContent)).toEqual(["LoRA rank1664"]);
  await vi.waitFor(() => expect(host.querySelectorAll(".recharts-errorBar").length).toBeGreaterThan(20));
  await accessible();
  await page.getByRole("button", { name: "Export" }).click();
  await page.getByRole("menuitem", { name: /Metrics as JSON/ }).click();
  const { results } = JSON.parse(at(saved, 0).text) as {
    results: { label: string; metrics: Record<string, number> }[];
  };
  expect(results.map(({ label }) => label)).toEqual([
    "Baseline",
    "First run",
    "Rank 64",
    "bm25",
    "hybrid baseline",
    "hybrid tuned",
  ]);
  expect(at(results, 5).metrics["rrf_recall@10"]).toEqual(expect.any(Number));
  // Six lines; a chart shows five until one asks for all.
  const lines = page.getByRole("figure", { name: "Recall@k" });
  await expect.element(lines.getByText("Hybrid, tuned", { exact: true })).toBeInTheDocument();
  await expect.element(lines.getByText("BM25", { exact: true })).not.toBeInTheDocument();
  await page.getByRole("button", { name: "All 6 lines" }).click();
  await expect.element(lines.getByText("BM25", { exact: true })).toBeInTheDocument();
  expect(at(results, 1).metrics["cosine_recall@10"]).toBe(at(runs, 0).tuned!.metrics["recall@10"]);
  await page.getByRole("button", { name: "Export" }).click();
  await page.getByRole("menuitem", { name: "Documents by TREC id" }).click();
  await vi.waitFor(() => expect(files.map(({ name }) => name)).toEqual(["first-run-corpus.jsonl"]));
  expect(await at(files, 0).file.text()).toBe("corpus of run-1");
});

test("Compare: another system's run is a line with its intervals; a file that is none is refused", async () => {
  const run = sampleRun();
  const { stores } = await storesWith([run]);
  open(stores, CompareScreen, "/compare?run=run-1");
  await section("Other systems");
  const choose = page.getByRole("button", { name: "Choose a run file" });
  await expect.element(choose).toBeInTheDocument();
  const drop = (name: string, text: string) => {
    const input = host.querySelector<HTMLInputElement>('input[type="file"][accept*=".run"]')!;
    const data = new DataTransfer();
    data.items.add(new File([text], name));
    input.files = data.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  };
  drop("empty.run", "");
  await expect.element(page.getByText("empty.run is empty.", { exact: false })).toBeInTheDocument();
  drop(
    "theirs.run",
    trecRun({ ...run.tuned!, label: "elser" })
      .split("\n")
      .slice(80)
      .join("\n"),
  );
  await expect
    .element(page.getByText("1 query has no line: an empty ranking, which finds nothing."))
    .toBeInTheDocument();
  const table = page.getByRole("table", { name: "Other systems against baseline and tuned" });
  await expect.element(table.getByRole("row").nth(6)).toBeInTheDocument(); // three metrics against two models
  await expect
    .element(page.getByRole("combobox", { name: "Verdict on" }).getByRole("option", { name: "elser" }))
    .toBeInTheDocument();
  await page.getByRole("button", { name: "Remove elser" }).click();
  await expect.element(table).not.toBeInTheDocument();
});

test("Compare: what a reranker adds, and each strength's gain and loss, each with its interval", async () => {
  const run = sampleRun();
  const { stores } = await storesWith([run]);
  const asked: string[] = [];
  const reranks = createStore(() => ({ working: {}, rerank: async () => void asked.push("rerank") }));
  const server = createStore(() => ({
    status: { state: "up", rerank: { model: "cross", top: 50, byDefault: false } },
  }));
  const intervals = { "recall@10": [0.4, 0.6] as [number, number] };
  const points = [0, 0.5, 1].map((at) => ({ at, evaluation: run.tuned!, intervals, comparison: null }));
  const kept = {
    set: "e".repeat(64),
    queries: 240,
    baseline: 0.5,
    tuned: 0.45,
    delta: -0.05,
    interval: [-0.09, -0.01],
  };
  const strengths = createStore(() => ({
    kept: { [run.id]: [{ strength: 0.5, retention: kept }] },
    work: {},
    take: async (_run: unknown, strength: number) => {
      asked.push(`take ${strength}`);
      return null;
    },
  }));
  stores.comparison.setState({
    sweeps: { [run.id]: { status: "done", sweep: { queries: 80, corpus: 80, strengths: points, dims: points } } },
  });
  open(
    { ...stores, reranks, server, strengths } as unknown as Stores,
    CompareScreen,
    "/compare?run=run-1&more=strength",
  );
  // What the address names is open.
  const table = page.getByRole("table", { name: "Gain and loss at each strength" });
  await expect
    .element(table.getByRole("row").nth(2))
    .toHaveTextContent(
      `λ = 0.5${(100 * run.tuned!.metrics["recall@10"]).toFixed(1)} %40.0 % to 60.0 %45.0 %−5.0 (−9.0 to −1.0)Take as a version`,
    );
  await table.getByRole("button", { name: "Take λ = 0.5 as a version" }).click();
  await section("With a reranker the server has cross");
  await expect.element(page.getByText(/reads the first 50 passages of each of 80 questions/)).toBeInTheDocument();
  await page.getByRole("button", { name: "Rerank 80 questions" }).click();
  expect(asked).toEqual(["take 0.5", "rerank"]);
  // Wide tables scroll in their own place.
  expect(document.documentElement.scrollWidth).toBeLessThanOrEqual(window.innerWidth);
  reranks.setState({ working: { [run.id]: { status: "working", done: 20, total: 80 } } });
  await expect.element(page.getByText("Reranking: 20 of 80 questions")).toBeInTheDocument();
});

test("Compare: alone a run is Tuned; the verdict is about the model that is chosen, and a lead of BM25 is no improvement", async () => {
  const { stores, measured, retention } = await storesWith([sampleRun()]);
  open(stores, CompareScreen, "/compare?run=run-1");
  await expect.element(page.getByText(/^(Improved|Worse|Not decided): /)).toBeInTheDocument();
  // What it kept: not measured, under way, measured.
  await section("What it kept");
  await page.getByRole("button", { name: "Measure what it kept" }).click();
  expect(measured).toEqual(["run-1"]);
  retention.setState({ measuring: { "run-1": { status: "working", done: 1, total: 2 } } });
  await expect.element(page.getByRole("button", { name: "What it kept is being measured" })).toBeInTheDocument();
  await expect.element(page.getByText("Measuring what the model still knows")).toBeInTheDocument();
  retention.setState({ measuring: {} });
  const [run] = stores.runs.getState().runs;
  const general = { set: "e".repeat(64), queries: 240, baseline: 0.5, tuned: 0.4, delta: -0.1 };
  stores.runs.getState().set({ ...run!, retention: { ...general, interval: [-0.15, -0.05] } });
  await expect.element(page.getByText("It forgot some of what its base knew of everyday life.")).toBeInTheDocument();
  await expect.element(page.getByText(/the base finds 50\.0 %, this model 40\.0 %/)).toBeInTheDocument();
  await section("Queries that won and lost");
  await expect.element(page.getByText(/queries now find their answer in the first ten results/)).toBeInTheDocument();
  await expect
    .element(page.getByText(/^Beyond hybrid search.*: (hybrid search with the tuned model|not decided|no difference)/))
    .toBeInTheDocument();
  await expect
    .element(page.getByText(/^BM25 alone reaches \d+\.\d % on recall@10, the tuned model \d+\.\d %/))
    .toBeInTheDocument();
  // As wide as a phone: a list, in which no name is cut.
  const choice = page.getByRole("combobox", { name: "Verdict on" });
  await choice.selectOptions("BM25");
  await expect.element(page.getByText(/^BM25 is (better|worse) than Baseline: its recall@10 is/)).toBeInTheDocument();
  await expect.element(page.getByText(/^(Improved|Worse|Not decided): /)).not.toBeInTheDocument();
  await accessible();
  await section("All metrics");
  await choice.selectOptions("Hybrid, tuned");
  await expect.element(page.getByRole("table", { name: "Hybrid, tuned against Baseline" })).toBeInTheDocument();
  await choice.selectOptions("Tuned");
  await expect.element(page.getByRole("table", { name: "Tuned against Baseline" })).toBeInTheDocument();
  await expect.element(page.getByRole("button", { name: "What is p-value?" })).toBeInTheDocument();
  await section("For which questions");
  const kinds = page.getByRole("table", { name: "Tuned against baseline by kind of question" });
  await expect.element(kinds.getByRole("rowheader").nth(1)).toBeInTheDocument();
  await expect.element(page.getByText(/^Read few of these: /)).toBeInTheDocument();
  await expect.element(kinds.getByRole("columnheader", { name: "Verdict" })).toBeInTheDocument();
  // Bold only where the interval leaves zero out.
  for (const row of kinds.getByRole("row").elements().slice(2)) {
    const [, , , change, , verdict] = row.querySelectorAll("td");
    if (change && verdict)
      expect(Number(getComputedStyle(change).fontWeight) > 500).toBe(/better|worse/.test(verdict.textContent));
  }
  // A kind leads to its questions.
  const link = kinds.getByRole("link").first().element() as HTMLAnchorElement;
  const name = link.textContent;
  const number = Number(link.closest("tr")?.querySelector("td")?.textContent);
  const address = link.getAttribute("href") ?? "";
  root.unmount();
  root = createRoot(host);
  open(stores, InspectScreen, address);
  await expect.element(page.getByText(`${number} queries: ${name}`)).toBeInTheDocument();
  await page.getByRole("button", { name: "All kinds" }).click();
  await expect.element(page.getByText(`${number} queries: ${name}`)).not.toBeInTheDocument();
});
