import { access, constants, mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Logger } from "pino";
import type { Manifest } from "../src/domain/artifact/index.ts";
import { ATTRIBUTE } from "../src/domain/telemetry/attributes.ts";
import { StudioError } from "../src/domain/errors.ts";
import type { Config } from "./config/config.ts";
import { Exports } from "./exports/exports.ts";
import { toProblemDetails } from "./http/problems.ts";
import { Closing } from "./lib/closing.ts";
import { lockDirectory } from "./lib/directoryLock.ts";
import { HealthChecks } from "./lib/health.ts";
import { VERSION } from "./lib/project.ts";
import { BaseStore } from "./registry/bases.ts";
import { createGatekeeper } from "./registry/gatekeeper.ts";
import { Registry } from "./registry/registry.ts";
import { verifyFolder } from "./registry/verification.ts";
import type { Core } from "./routes/container.ts";
import { OnnxStore } from "./serving/onnxStore.ts";
import { bringIn } from "./serving/bringIn.ts";
import { prepareOnnx } from "./serving/prepareOnnx.ts";
import { describeSelection } from "./serving/selection.ts";
import { openReranking } from "./reranking/open.ts";
import { ServingState } from "./serving/state.ts";
import { Langfuse } from "./telemetry/langfuse.ts";
import { createLog } from "./telemetry/logs.ts";
import { countDrops, createMetrics, type Metrics } from "./telemetry/metrics.ts";
import { Telemetry } from "./telemetry/telemetry.ts";

export interface CoreOptions {
  log?: Logger;
  /** False makes no spans at all, to measure what they cost. */
  tracing?: boolean;
  /** False registers versions without their ONNX form. */
  onnx?: boolean;
}

/** Opens the registry and what stands around it. Throws a `StudioError` that says what to do; nothing stays open then. */
export const openCore = async (config: Config, options: CoreOptions = {}): Promise<Core> => {
  const log = options.log ?? createLog(config);
  const closing = new Closing();
  const close = () => closing.run();
  try {
    const { dataDir, modelsDir } = config;
    await usableFolder("STUDIO_DATA_DIR", dataDir);
    await usableFolder("MODELS_DIR", modelsDir);
    const metrics = createMetrics();
    const health = new HealthChecks();
    const bases = new BaseStore(join(modelsDir, "base"), join(dataDir, "base-digests.json"), config.bundledBases);
    const onnx = new OnnxStore(join(dataDir, "onnx"), (folder) =>
      log.warn({ event: "onnx.damaged", folder }, "an ONNX form is not as it was made; it is made again"),
    );
    // First of what is shared on disk: its lock keeps a second server out, or, beside a database for many, makes it read only.
    const registry = await Registry.open({
      root: join(modelsDir, "fine_tuned"),
      limits: config.limits,
      keep: config.registry.keep,
      shared: config.databaseUrl !== null,
      logger: log,
      verify: (directory) => traceVerification(telemetry, () => verifyFolder(directory, bases)),
      bringIn: options.onnx === false ? null : bringIn({ bases, onnx }),
      prepare: options.onnx === false ? null : prepareOnnx({ bases, onnx }, config.embedding.maxTokens),
    });
    closing.add(() => registry.close());
    const lock = await lockDirectory(dataDir, "data folder");
    closing.add(() => lock.release());
    const exports = await Exports.open({ root: join(dataDir, "exports"), registry, bases, log });
    closing.add(() => exports.close());
    const langfuse = config.langfuse
      ? await Langfuse.open(config.langfuse, {
          dataDir,
          release: VERSION,
          onDrop: countDrops("langfuse", metrics, log),
          onDatasetRefused: (reason) =>
            log.warn(
              { event: "langfuse.dataset-refused", reason },
              "Langfuse keeps no data set; experiments have none",
            ),
        })
      : null;
    const telemetry = new Telemetry({
      langfuse,
      log,
      version: VERSION,
      captureText: config.langfuse?.captureText ?? false,
      enabled: options.tracing ?? true,
      isCallersMistake: (thrown) => toProblemDetails(thrown, "").status < 500,
    });
    closing.add(() => telemetry.close());
    const settings = { margin: config.registry.margin, model: config.embedding.model };
    const gatekeeper = createGatekeeper(registry, bases, settings);
    const serving = await ServingState.open({ config, registry, bases, log, metrics });
    closing.add(() => serving.close());
    watchRegistry(registry, metrics, health);
    health.register("serving", () => {
      const { fallback, mode } = describeSelection(serving.current());
      if (fallback) return { status: "degraded", message: fallback.message };
      return { status: "ok", message: `The ${mode} model serves.` };
    });
    const reranking = openReranking(config, metrics, closing);
    if (reranking) health.register("rerank", () => reranking.health);
    const observing = { log, metrics, health, langfuse, telemetry };
    return { config, ...observing, bases, onnx, registry, gatekeeper, exports, reranking, serving, closing, close };
  } catch (thrown) {
    await close();
    throw thrown;
  }
};

/** @throws StudioError `folder-unusable` naming the variable: a file in its place, or no right to write */
const usableFolder = async (variable: string, folder: string): Promise<void> => {
  try {
    await mkdir(folder, { recursive: true });
    await access(folder, constants.W_OK);
  } catch (cause) {
    throw new StudioError(
      "folder-unusable",
      `${variable}: ${folder} cannot be used as a folder (${(cause as Error).message}).`,
      "Name a folder that the server may write to.",
      { cause },
    );
  }
};

/** What health and metrics say of the versions. */
const watchRegistry = (registry: Registry, metrics: Metrics, health: HealthChecks): void => {
  health.register("registry", () => {
    if (registry.loss) return { status: "degraded", message: `${registry.loss.message} ${registry.loss.hint}` };
    const damaged = registry.list().filter(({ problem }) => problem);
    const message = damaged.map(({ problem }) => problem?.message).join(" ");
    const { here, words } = registry.role;
    if (damaged.length) return { status: "degraded", message };
    return { status: "ok", message: `Every version is whole.${here ? "" : ` ${words}`}` };
  });
  const count = () => metrics.versions.set(registry.list().length);
  count();
  registry.onChange((_lineage, event) => {
    metrics.registryEvents.inc({ type: event.type });
    count();
  });
};

/** The verification of an artifact as a span of its upload. */
const traceVerification = (telemetry: Telemetry, verify: () => Promise<Manifest>): Promise<Manifest> =>
  telemetry.span("registry.verify", { [ATTRIBUTE.observationType]: "span" }, async (span) => {
    const manifest = await verify();
    span.setAttributes({
      [ATTRIBUTE.modelName]: manifest.base.id,
      [ATTRIBUTE.modelId]: manifest.base.id,
      [ATTRIBUTE.baseRevision]: manifest.base.revision,
      [ATTRIBUTE.modelFingerprint]: manifest.fingerprint,
      [ATTRIBUTE.modelRole]: "tuned",
      [ATTRIBUTE.datasetHash]: manifest.dataset?.fingerprint,
    });
    return manifest;
  });
