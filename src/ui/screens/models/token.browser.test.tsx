import "@mantine/core/styles.css";
import { MemoryRouter } from "react-router";
import { expect, test } from "vitest";
import { page } from "vitest/browser";
import type { ModelList } from "../../../domain/api/index.ts";
import { StudioError } from "../../../domain/errors.ts";
import type { RegistryClient } from "../../../app/registry/ports.ts";
import { createModelsStore } from "../../../app/registry/store.ts";
import { createRunsStore } from "../../../app/runs/store.ts";
import { memoryContents } from "../../../app/testing/runs.ts";
import { mount } from "../../testing/mount.tsx";
import { Production } from "./Production.tsx";

test("a roll back that wants the token asks for it in its own dialog, and goes on there", async () => {
  let token: string | null = null;
  const reasons: string[] = [];
  const version = { version: "v1-0a1b2c3d", name: "support", state: "production", headline: null };
  const list = { versions: [version], production: version.version, previous: null } as unknown as ModelList;
  const refuse = (message: string) => {
    if (token !== "right") throw new StudioError("unauthorized", message, "Use its own.");
  };
  const client = {
    within: () => client,
    checkToken: async () => refuse("That is not this server's token."),
    rollBack: async ({ reason }: { reason: string }) => {
      refuse("This request needs the server's token.");
      reasons.push(reason);
    },
    list: async () => ({ ...list, versions: [] }),
    events: async () => ({ events: [], next: null }),
  } as unknown as RegistryClient;
  const span = { traceparent: "", set: () => undefined, end: () => undefined };
  const runs = createRunsStore(
    { list: async () => [], put: async () => undefined, remove: async () => undefined },
    async () => false,
  );
  const models = createModelsStore(runs, {
    client,
    saveToken: (given: string | null) => void (token = given),
    tracer: { start: () => span },
    onChange: () => undefined,
    measured: async () => undefined,
  } as unknown as Parameters<typeof createModelsStore>[1]);
  const search = { getState: () => ({}), getInitialState: () => ({}), subscribe: () => () => undefined };
  mount(
    { models, runs, search, runContents: memoryContents({}).store },
    <MemoryRouter>
      <Production list={list} onOpen={() => undefined} />
    </MemoryRouter>,
  );
  await page.getByRole("button", { name: "Roll back" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabelText("Reason (optional)").fill("It finds less.");
  await dialog.getByRole("button", { name: "Roll back" }).click();
  const field = dialog.getByLabelText("The server's token", { exact: true });
  await field.fill("wrong");
  await dialog.getByRole("button", { name: "Use it" }).click();
  await expect.element(dialog.getByText("That is not this server's token.")).toBeVisible();
  await field.fill("right");
  await dialog.getByRole("button", { name: "Use it" }).click();
  await expect.element(field).not.toBeInTheDocument();
  await dialog.getByRole("button", { name: "Roll back" }).click();
  await expect.element(dialog).not.toBeInTheDocument();
  expect(reasons).toEqual(["It finds less."]);
});
