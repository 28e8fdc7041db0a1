import { z } from "zod";
import type { LoraSettings } from "./adapterConfig.ts";

/** What a PEFT config says of single modules, by their paths inside the model: `layers.3.self_attn.q_proj`. */
export interface ModulePatterns {
  /** A module's own rank and factor on B·A, by `rank_pattern` and `alpha_pattern`. */
  settings(path: string): { rank: number; scaling: number };
  /** Whether the config leaves a module out (`layers_to_transform`, `exclude_modules`, targets that do not name it). */
  leavesOut(path: string): boolean;
}

const modules = z
  .union([z.string(), z.array(z.string()), z.null()])
  .optional()
  .catch(undefined);
const schema = z.object({
  target_modules: modules,
  exclude_modules: modules,
  layers_to_transform: z
    .union([z.int(), z.array(z.int())])
    .nullish()
    .catch(null),
  rank_pattern: z.record(z.string(), z.int().positive().max(4096)).nullish(),
  alpha_pattern: z.record(z.string(), z.number().positive()).nullish(),
});

/** PEFT counts paths from the model that it was given, which may be a causal language model around this one. */
const spellings = (path: string): string[] => [path, `model.${path}`];

/** A repeated group can take a server minutes on one name; what trainers write has none. */
const costly = (source: string): boolean => source.length > 2000 || /\)[*+{]/.test(source);

/** A Python pattern over a whole path as JavaScript reads it; null where it cannot, or would take too long. */
const pattern = (source: string, before = ""): RegExp | null => {
  if (costly(source)) return null;
  try {
    return new RegExp(`^${before}(?:${source.replaceAll("(?P<", "(?<")})$`);
  } catch {
    return null; // Python's alone: the tensors then have to tell.
  }
};

/** Whether a list of names or a pattern over whole paths means a module. Null where that cannot be told. */
const names = (given: string | string[], path: string): boolean | null => {
  if (given === "all-linear") return true;
  if (typeof given === "string") {
    const whole = pattern(given);
    return whole && spellings(path).some((one) => whole.test(one));
  }
  return spellings(path).some((one) => given.some((name) => one === name || one.endsWith(`.${name}`)));
};

/** The value of the first pattern that a path ends with, as PEFT looks it up. */
const byPattern = (values: Record<string, number>, path: string): number | undefined =>
  Object.entries(values).find(([key]) => {
    const ending = pattern(key, "(?:.*\\.)?");
    return ending !== null && spellings(path).some((one) => ending.test(one));
  })?.[1];

/** @param json a config that `parsePeftConfig` has read, with its settings */
export const modulePatterns = (
  json: unknown,
  { rank, alpha, rankStabilized }: Omit<LoraSettings, "targets" | "scaling">,
): ModulePatterns => {
  const config = schema.parse(json);
  const layers = config.layers_to_transform === null ? undefined : config.layers_to_transform;
  const chosen = layers === undefined ? null : new Set([layers].flat());
  return {
    settings: (path) => {
      const own = byPattern(config.rank_pattern ?? {}, path) ?? rank;
      const ownAlpha = byPattern(config.alpha_pattern ?? {}, path) ?? alpha;
      return { rank: own, scaling: ownAlpha / (rankStabilized ? Math.sqrt(own) : own) };
    },
    leavesOut: (path) => {
      const { exclude_modules: excluded, target_modules: targets } = config;
      if (excluded && names(excluded, path)) return true;
      if (targets && targets.length > 0 && names(targets, path) === false) return true;
      return chosen !== null && !chosen.has(Number(/^layers\.(\d+)\./.exec(path)?.[1]));
    },
  };
};

/** Whether a config says one thing of all modules. */
export const isUniform = (json: unknown): boolean => {
  const { rank_pattern, alpha_pattern, layers_to_transform } = schema.parse(json);
  return (
    Object.keys(rank_pattern ?? {}).length + Object.keys(alpha_pattern ?? {}).length === 0 &&
    (layers_to_transform === null || layers_to_transform === undefined)
  );
};
