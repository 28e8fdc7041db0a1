import { readFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Logger } from "pino";
import type { Manifest } from "../src/domain/artifact/index.ts";
import type { Config } from "./config.ts";
import { HealthChecks } from "./health.ts";
import { BaseStore } from "./registry/bases.ts";
import { createGatekeeper } from "./registry/gatekeeper.ts";
import { Registry, type Gatekeeper, type Preparation } from "./registry/registry.ts";
import { verifyFolder } from "./registry/verification.ts";
import { OnnxStore } from "./serving/onnxStore.ts";
import { describeSelection } from "./serving/selection.ts";
import { ServingState } from "./serving/state.ts";
import { createLog } from "./telemetry/logs.ts";
import { createMetrics, type Metrics } from "./telemetry/metrics.ts";

/** What routes work with. Built once, closed once, in reverse order. */
export interface Services {
  config: Config;
  /** Of package.json. */
  version: string;
  log: Logger;
  metrics: Metrics;
  health: HealthChecks;
  bases: BaseStore;
  /** ONNX forms of bases and tuned models. */
  onnx: OnnxStore;
  registry: Registry;
  gatekeeper: Gatekeeper;
  /** Which model should embed now. */
  serving: ServingState;
  /** Work to be done before the process ends, last registered first. */
  onClose(work: () => Promise<void>): void;
  close(): Promise<void>;
}

/** Parts that callers may bring along. */
export interface ServiceOptions {
  log?: Logger;
  /** Derived files added to an artifact before it becomes a version. */
  prepare?: Preparation[];
  /** Called around each verification of an artifact, for its span. */
  verifying?: (work: () => Promise<Manifest>) => Promise<Manifest>;
}

const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
  version: string;
};

/** Opens everything the server needs. Throws a `StudioError` that says what to do; nothing stays open then. */
export const createServices = async (config: Config, options: ServiceOptions = {}): Promise<Services> => {
  const log = options.log ?? createLog(config);
  const closing: (() => Promise<void>)[] = [];
  const close = async () => {
    for (const work of closing.splice(0).reverse()) await work();
  };
  try {
    await mkdir(config.dataDir, { recursive: true });
    const metrics = createMetrics();
    const health = new HealthChecks();
    const bases = new BaseStore(join(config.modelsDir, "base"), join(config.dataDir, "base-digests.json"));
    const onnx = new OnnxStore(join(config.dataDir, "onnx"));
    const registry = await Registry.open({
      root: join(config.modelsDir, "fine_tuned"),
      limits: config.limits,
      keep: config.registry.keep,
      logger: log,
      verify: (directory) => (options.verifying ?? ((work) => work()))(() => verifyFolder(directory, bases)),
      prepare: options.prepare,
    });
    closing.push(() => registry.close());
    const settings = { margin: config.registry.margin, model: config.embedding.model };
    const gatekeeper = createGatekeeper(registry, bases, settings);
    const serving = await ServingState.open({ config, registry, bases, log, metrics });
    closing.push(() => serving.close());

    health.register("registry", () => {
      const damaged = registry.list().filter(({ problem }) => problem);
      const message = damaged.map(({ problem }) => problem?.message).join(" ");
      return damaged.length ? { status: "degraded", message } : { status: "ok", message: "Every version is whole." };
    });
    health.register("serving", () => {
      const { fallback, mode } = describeSelection(serving.current());
      if (fallback) return { status: "degraded", message: fallback.message };
      return { status: "ok", message: `The ${mode} model serves.` };
    });
    const count = () => metrics.versions.set(registry.list().length);
    count();
    registry.onChange((_lineage, event) => {
      metrics.registryEvents.inc({ type: event.type });
      count();
    });
    return {
      config,
      version,
      log,
      metrics,
      health,
      bases,
      onnx,
      registry,
      gatekeeper,
      serving,
      onClose: (work) => void closing.push(work),
      close,
    };
  } catch (thrown) {
    await close();
    throw thrown;
  }
};
