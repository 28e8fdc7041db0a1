import { supportArchive } from "../server/testing/langfuseArchive.ts";
import { ATTRIBUTE } from "../src/domain/telemetry/attributes.ts";
import { carriedBy } from "../server/testing/langfuse.ts";
import { test } from "./langfuse.ts";
import { chooseTinyBase, expectAccessible, openStudio, setAdvanced, startTraining } from "./steps.ts";
import { expect } from "./studio.ts";

test("judged retrievals of Langfuse become a data set, a run and a verdict that Langfuse can tell the origin of", async ({
  page,
  studio,
  langfuse,
}) => {
  test.setTimeout(600_000);
  const archive = (langfuse.archive = supportArchive({ retrievals: 200, newest: new Date() }));
  const personal = archive.observations.find(({ id }) => id === "observation-4");
  if (personal) personal.input = "Where is the invoice of jo@example.org?";
  // The first answer asks to wait a second.
  archive.trouble = [{ status: 429, headers: { "retry-after": "1" } }];

  await test.step("connect, look, and read everything", async () => {
    await openStudio(page, studio, "/data");
    await page.getByRole("link", { name: "From Langfuse" }).click();
    await expect(page.getByRole("combobox", { name: "Score" })).toHaveValue("helpful", { timeout: 30_000 });
    await page.getByRole("button", { name: "Take a look" }).click();
    await expect(page.getByText("Langfuse 4 answered", { exact: false })).toBeVisible({ timeout: 30_000 });
    await expect(page.getByRole("region", { name: /A look at the pairs/ })).toContainText("How do I");
    await expectAccessible(page, "A look at Langfuse");
    await page.getByRole("button", { name: "Read everything" }).click();
  });

  await test.step("possible personal data is looked at before anything is taken", async () => {
    const take = page.getByRole("button", { name: /^Take \d+ pairs as a data set$/ });
    await expect(page.getByText("1 pair holds something", { exact: false })).toBeVisible({ timeout: 30_000 });
    await expect(take).toBeDisabled();
    await page.getByLabel("I have looked at these texts").click();
    await expect(take).toHaveText("Take 74 pairs as a data set");
    await take.click();
  });

  await test.step("it is a data set like any other, tested on the newest", async () => {
    await expect(page.getByText(/retrievals in Langfuse judged by the score "helpful"/)).toBeVisible({
      timeout: 30_000,
    });
    await expect(page.getByLabel("Test on the newest pairs")).toBeChecked();
    const goOn = page.getByRole("button", { name: /Continue to Train/ });
    await expect(goOn).toBeEnabled({ timeout: 30_000 });
    await goOn.click();
  });

  await test.step("a few steps of training end in a verdict", async () => {
    await chooseTinyBase(page);
    await setAdvanced(page, "Epochs", "1");
    await setAdvanced(page, "Batch size", "16");
    await setAdvanced(page, "Chunk size", "16");
    await setAdvanced(page, "Tokens a text", "32");
    await startTraining(page);
    await expect(page.getByRole("heading", { name: "Results" })).toBeVisible({ timeout: 400_000 });
  });

  const queries = () => langfuse.received.spans.filter(({ name }) => name === "evaluation.query").map(carriedBy);
  await expect.poll(() => queries().length, { timeout: 30_000 }).toBeGreaterThan(10);
  expect(queries()[0]).toMatchObject({ [ATTRIBUTE.importedFrom]: "langfuse", [ATTRIBUTE.importedScore]: "helpful" });
  expect(studio.output).not.toContain("How do I");
});
