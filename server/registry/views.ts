import { join } from "node:path";
import type { Headline, ModelDetail, ModelList, ModelVersion } from "../../src/domain/api/index.ts";
import { MANIFEST_PATH } from "../../src/domain/artifact/manifest.ts";
import { folderOfBase } from "./baseNames.ts";
import { headlineOf } from "./gateSubject.ts";
import { commitOf } from "./record.ts";
import type { Registry, StoredVersion } from "./registry.ts";
import { readPlainText } from "../lib/plainFile.ts";

/** Organization of the hub protocol under which this registry answers. */
export const HUB_ORGANIZATION = "recall-studio";

/** `recall-studio/<base>-tuned`: one repository a base, its versions are revisions, `main` is production. */
export const repoOf = (baseId: string): string =>
  `${HUB_ORGANIZATION}/${folderOfBase(baseId).replace(/[^A-Za-z0-9._-]/g, "-")}-tuned`;

/** A version as the API shows it. */
export const viewOf = (registry: Registry, { record, problem }: StoredVersion): ModelVersion => {
  const { production, previous, archived } = registry.lineage();
  const { version } = record;
  const state = () => {
    if (problem) return "damaged";
    if (version === production) return "production";
    if (archived.has(version)) return "archived";
    return version === previous ? "previous" : "candidate";
  };
  return {
    version,
    name: record.name,
    fingerprint: record.fingerprint,
    state: state(),
    registeredAt: record.registeredAt,
    commit: commitOf(record),
    repo: repoOf(record.base.id),
    base: record.base,
    ...(record.origin && { origin: record.origin }),
    dataset: record.dataset,
    splitHash: record.splitHash,
    headline: headline(record),
    bytes: record.files.reduce((sum, file) => sum + file.bytes, 0),
    files: record.files.length,
    problem,
  };
};

const headline = ({ comparisons, queries, measuredOn }: StoredVersion["record"]): Headline | null => {
  const found = headlineOf(comparisons);
  if (!found) return null;
  const { metric, baseline, tuned, delta, interval, verdict } = found;
  return { metric, baseline, tuned, delta, interval, verdict, queries, ...(measuredOn && { measuredOn }) };
};

export const listOf = (registry: Registry): ModelList => {
  const { production, previous } = registry.lineage();
  return { production, previous, versions: registry.list().map((stored) => viewOf(registry, stored)) };
};

/** Everything about one version; a damaged one shows what can still be read. */
export const detailOf = async (registry: Registry, stored: StoredVersion): Promise<ModelDetail> => {
  const read = (path: string) => readPlainText(join(stored.directory, path)).catch(() => null);
  return {
    ...viewOf(registry, stored),
    manifest: parse(await read(MANIFEST_PATH)),
    card: (await read("README.md")) ?? "",
    fileList: stored.record.files,
    events: registry
      .events()
      .filter((event) => event.version === stored.record.version)
      .toReversed(),
  };
};

const parse = (text: string | null): Record<string, unknown> => {
  try {
    return text === null ? {} : (JSON.parse(text) as Record<string, unknown>);
  } catch {
    return {}; // Damaged; `problem` of the view says so.
  }
};
