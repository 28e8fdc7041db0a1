import "@mantine/core/styles.css";
import { expect, test } from "vitest";
import { page } from "vitest/browser";
import type { PublishRequest } from "../../../domain/api/index.ts";
import { StudioError } from "../../../domain/errors.ts";
import type { RegistryClient } from "../../../app/registry/ports.ts";
import { createModelsStore } from "../../../app/registry/store.ts";
import { createRunsStore } from "../../../app/runs/store.ts";
import { mount } from "../../testing/mount.tsx";
import { Publish } from "./Publish.tsx";

test("a version is published with a typed token, tried again after a refusal, and the token is gone with the dialog", async () => {
  const requests: PublishRequest[] = [];
  const client = {
    publish: async (_version: string, request: PublishRequest) => {
      requests.push(request);
      if (requests.length === 1)
        throw new StudioError("hub-forbidden", "The token may not write to me/support.", "Give another.");
      return { url: "https://hub.example/me/support", commit: "c", files: 12 };
    },
  } as unknown as RegistryClient;
  const runs = createRunsStore(
    { list: async () => [], put: async () => undefined, remove: async () => undefined },
    async () => false,
  );
  const models = createModelsStore(runs, { client } as unknown as Parameters<typeof createModelsStore>[1]);
  mount({ models, runs }, <Publish version="v1-0a1b2c3d" />);
  await page.getByRole("button", { name: "Publish" }).click();
  const dialog = page.getByRole("dialog");
  await expect.element(dialog.getByText("Name the repository first.")).toBeVisible();
  await dialog.getByLabelText("Repository").fill("support");
  await expect.element(dialog.getByRole("button", { name: "Publish" })).toBeDisabled();
  await dialog.getByRole("textbox", { name: "Token with write access" }).fill("hf_secret");
  await expect.element(dialog.getByText("Write owner/name", { exact: false })).toBeVisible();
  await dialog.getByLabelText("Repository").fill("me/support");
  await dialog.getByRole("button", { name: "Publish" }).click();
  await expect.element(dialog.getByText("The token may not write to me/support.")).toBeVisible();
  await dialog.getByRole("button", { name: "Try again" }).click();
  await expect.element(dialog.getByText("12 files are at")).toBeVisible();
  expect(requests).toEqual(Array(2).fill({ repo: "me/support", private: true, token: "hf_secret" }));
  await dialog.getByRole("button", { name: "Close" }).last().click();
  await page.getByRole("button", { name: "Publish" }).click();
  await expect
    .element(page.getByRole("dialog").getByRole("textbox", { name: "Token with write access" }))
    .toHaveValue("");
});
