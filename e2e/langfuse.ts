import type { Page } from "@playwright/test";
import { carriedBy, PROJECT, Receiver } from "../server/testing/langfuse.ts";
import { present } from "../src/domain/present.ts";
import { ATTRIBUTE } from "../src/domain/telemetry/attributes.ts";
import { expect, Studio, test as base } from "./studio.ts";

/** A test whose studio sends its traces to a receiver that behaves as Langfuse does. */
export const test = base.extend<{ langfuse: Receiver }>({
  langfuse: async ({}, provide) => {
    const receiver = await new Receiver().start();
    await provide(receiver);
    await receiver.stop();
  },
  studio: async ({ langfuse }, provide) => {
    const studio = await Studio.create({
      LANGFUSE_PUBLIC_KEY: langfuse.publicKey,
      LANGFUSE_SECRET_KEY: langfuse.secretKey,
      LANGFUSE_BASE_URL: langfuse.url,
    });
    await provide(studio);
    await studio.dispose();
  },
});

const PAGE = "recall-studio-page";
const SERVER = "recall-studio-server";

/** The trace of the page's one run, and where the page links to it. */
export const traceOfRun = async (page: Page, langfuse: Receiver): Promise<string> => {
  await expect(page.getByRole("button", { name: /^Langfuse: connected/ })).toBeVisible({ timeout: 30_000 });
  const link = page.getByRole("link", { name: /^Open in Langfuse/ });
  await expect(link).toBeVisible({ timeout: 30_000 });
  const [address, traceId] = present((await link.getAttribute("href"))?.split("/traces/"), "address of the link");
  expect(address).toBe(`${langfuse.url}/project/${PROJECT}`);
  return present(traceId, "trace id in the link to Langfuse");
};

/** From training to rollback, page and server: one trace, without gaps, with the scores on it. */
export const expectConnected = async (langfuse: Receiver, traceId: string): Promise<void> => {
  const mine = () => langfuse.received.spans.filter((span) => span.traceId === traceId);
  const from = (service: string) =>
    mine()
      .filter((span) => span.service === service)
      .map(({ name }) => name);
  // The page sends every two seconds and the server every second.
  await expect
    .poll(() => [from(PAGE).includes("registry.rollback"), from(SERVER).includes("registry.rollback")], {
      timeout: 20_000,
    })
    .toEqual([true, true]);
  expect(from(PAGE)).toEqual(
    expect.arrayContaining([
      "training.run",
      "training.self-test",
      "training.step",
      "evaluation.run",
      "artifact.export",
      "registry.upload",
      "registry.promote",
    ]),
  );
  expect(from(SERVER)).toEqual(
    expect.arrayContaining([
      "evaluation.run",
      "registry.upload",
      "registry.verify",
      "registry.promote",
      "serving.load",
    ]),
  );
  const roots = () => {
    const ids = new Set(mine().map(({ spanId }) => spanId));
    return mine().flatMap(({ parentSpanId, name }) => (parentSpanId && ids.has(parentSpanId) ? [] : [name]));
  };
  // A parent is sent when it ends, after its children: after a rollback documents may still be embedded again.
  await expect.poll(roots, { timeout: 60_000 }).toEqual(["training.run"]);
  for (const span of mine()) {
    const { name } = span;
    const carried = carriedBy(span);
    if (["training.self-test", "training.step"].includes(name) || carried[ATTRIBUTE.errorCode]) continue;
    expect(carried, name).toMatchObject({
      [ATTRIBUTE.modelName]: expect.any(String),
      [ATTRIBUTE.modelFingerprint]: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  }
  // Scores come after the spans.
  const { scores, spans } = langfuse.received;
  const named = () => scores.filter((score) => score.traceId === traceId).map(({ name }) => name);
  await expect
    .poll(named, { timeout: 20_000 })
    .toEqual(expect.arrayContaining(["verdict", "recall@10", "delta_recall@10", "ndcg@10", "mrr@10"]));
  const queries = spans.filter(({ name }) => name === "evaluation.query");
  expect(queries.length).toBeGreaterThan(10);
  const scored = (role: string) => {
    const one = present(
      queries.find((span) => carriedBy(span)[ATTRIBUTE.modelRole] === role),
      `query of the ${role}`,
    );
    expect(carriedBy(one)[ATTRIBUTE.experimentDataset]).toBe("dataset-1");
    return scores.filter(({ observationId }) => observationId === one.spanId).length;
  };
  expect([scored("baseline"), scored("tuned")]).toEqual([3, 6]);
};
