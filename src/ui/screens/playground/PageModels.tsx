import { Button, Group, Progress, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { toProblem, type Problem } from "../../../domain/errors.ts";
import { downloadBytes, storedBytes } from "../../../app/search/pageModelBytes.ts";
import { usePageModels } from "../../../app/search/hooks.ts";
import type { PageModelState } from "../../../app/search/pageModelsStore.ts";
import { bytes, counted, duration } from "../../components/format.ts";
import { ProblemPanel } from "../../components/ProblemPanel.tsx";
import { nameOf } from "./names.ts";

/** The models that embed questions in this page: what they cost to download, how far that is, and that they are the right ones. */
export const PageModels = () => {
  const { sides, models, asking, load, cancel, forget } = usePageModels((state) => state);
  const [problem, setProblem] = useState<Problem | null>(null);
  const act = (task: () => Promise<void>) => () =>
    task().then(
      () => setProblem(null),
      (thrown: unknown) => setProblem(toProblem(thrown)),
    );
  const all = Object.values(models);
  const loading = all.some(({ status }) => status === "loading");
  const known = Object.keys(sides);
  const unknown = known.flatMap((side) => {
    const found = sides[side];
    return found && "problem" in found ? [{ side, problem: found.problem }] : [];
  });
  const open = unknown.length > 0 || all.some(({ status }) => status === "waiting" || status === "failed");
  const missing = downloadBytes(all);
  return (
    <Stack gap="sm" role="group" aria-label="Models in this page">
      <Text size="sm" c="dimmed">
        The question's text stays in this browser and out of the page's address; only its vector is sent. Each side's
        model is downloaded from this server once and kept in this browser.
      </Text>
      {unknown.map(({ side, problem: why }) => (
        <ProblemPanel key={side} problem={why} tone="ochre" kept={`${nameOf(side)} cannot be asked from this page.`} />
      ))}
      {Object.entries(models).map(([fingerprint, model]) => (
        <Model
          key={fingerprint}
          model={model}
          sides={known
            .filter((side) => {
              const found = sides[side];
              return found && "fingerprint" in found && found.fingerprint === fingerprint;
            })
            .map(nameOf)}
        />
      ))}
      {problem && <ProblemPanel problem={problem} />}
      <Group gap="sm">
        {/* One button, so that the keyboard's place stays when it changes its meaning. */}
        {(open || loading) && (
          <Button
            size="xs"
            variant={loading ? "default" : "filled"}
            loading={asking}
            onClick={loading ? cancel : () => void act(load)()}
          >
            {loading
              ? "Cancel"
              : missing > 0
                ? `Download and load (${bytes(missing)})`
                : unknown.length || all.some(({ status }) => status === "failed")
                  ? "Try again"
                  : "Load"}
          </Button>
        )}
        {!loading && storedBytes(all) > 0 && (
          <Button size="xs" variant="subtle" onClick={() => void act(forget)()}>
            Remove downloads from this browser
          </Button>
        )}
      </Group>
    </Stack>
  );
};

const Model = ({ model, sides }: { model: PageModelState; sides: string[] }) => {
  const { progress, problem } = model;
  const share = progress?.phase === "download" && progress.total > 0 ? (100 * progress.done) / progress.total : 100;
  return (
    <Stack gap={6}>
      <Text size="sm">
        <b>{model.name}</b> ({sides.join(", ").toLowerCase()}): <span role="status">{standing(model)}</span>
        {downloaded(model)}
      </Text>
      {model.status === "loading" && (
        <Progress.Root size="sm" maw={520}>
          <Progress.Section
            value={share}
            animated={progress?.phase !== "download"}
            aria-label={`Loading ${model.name}`}
          />
        </Progress.Root>
      )}
      {model.instead && <ProblemPanel problem={model.instead} tone="ochre" kept="The processor embeds instead." />}
      {problem && <ProblemPanel problem={problem} tone="ochre" />}
    </Stack>
  );
};

/** How far a download is; it changes too often to be announced. */
const downloaded = ({ status, progress, speed }: PageModelState): string => {
  if (status !== "loading" || progress?.phase !== "download") return "";
  const left = speed ? `, ${bytes(speed.bytesPerSecond)}/s, ${duration(speed.secondsLeft)} left` : "";
  return ` ${bytes(progress.done)} of ${bytes(progress.total)}${left}`;
};

/** Where a model stands, in the steps that are worth an announcement. */
const standing = (model: PageModelState): string => {
  const { status, progress, loaded } = model;
  if (status === "asking") return "asking the server";
  if (status === "failed") return "not loaded";
  if (status === "ready" && loaded) {
    const device = loaded.provider === "webgpu" ? "on the GPU (WebGPU)" : processor(loaded.threads);
    return `ready ${device}; its vectors agree with the model's own (cosine ${floored(loaded.cosine)})`;
  }
  if (status === "loading") {
    if (progress?.phase === "check") return "comparing its vectors with the model's own";
    if (progress?.phase === "open") return "opening";
    if (!progress) return "starting";
    return "downloading";
  }
  const [missing, stored] = [downloadBytes([model]), storedBytes([model])];
  if (missing === 0) return `${bytes(stored)}, in this browser`;
  return stored > 0 ? `${bytes(missing + stored)}, ${bytes(missing)} of it not in this browser yet` : bytes(missing);
};

const processor = (threads: number): string => `on the processor (WebAssembly, ${counted(threads, "thread")})`;

/** Never rounded up to a 1 that it is not. */
const floored = (cosine: number): string => (Math.floor(Math.min(1, cosine) * 1e6) / 1e6).toFixed(6);
