import { describe, expect, it } from "vitest";
import { ATTRIBUTE } from "../../src/domain/telemetry/attributes.ts";
import { at } from "../../src/domain/present.ts";
import { carriedBy } from "../testing/langfuse.ts";
import { stamped } from "./stamp.ts";

const stampedWith = (attributes: Record<string, string>) => {
  const span = {
    traceId: "a".repeat(32),
    spanId: "b".repeat(16),
    name: "retrieval.search",
    startTimeUnixNano: "1",
    endTimeUnixNano: "2",
    attributes: Object.entries(attributes).map(([key, value]) => ({ key, value: { stringValue: value } })),
  };
  const request = { resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] };
  const origin = { environment: "production", release: "1.2.3" };
  return carriedBy(at(at(at(stamped(request, origin).resourceSpans, 0).scopeSpans, 0).spans, 0));
};

describe("what Langfuse sorts by", () => {
  it("is the environment and release of the server, whatever the span says; experiments have an environment of theirs", () => {
    expect(stampedWith({ [ATTRIBUTE.environment]: "mine", [ATTRIBUTE.release]: "9" })).toEqual({
      [ATTRIBUTE.environment]: "production",
      [ATTRIBUTE.release]: "1.2.3",
    });
    expect(stampedWith({ [ATTRIBUTE.experimentId]: "e1" })).toMatchObject({
      [ATTRIBUTE.environment]: "sdk-experiment",
    });
  });

  it("is the model's version, by which baseline and tuned are told apart", () => {
    const fingerprint = { [ATTRIBUTE.modelFingerprint]: "abcdef0123456789" };
    expect(stampedWith({ ...fingerprint, [ATTRIBUTE.version]: "tiny-2026" })[ATTRIBUTE.modelVersion]).toBe("tiny-2026");
    const baseline = { ...fingerprint, [ATTRIBUTE.modelRole]: "baseline" };
    expect(stampedWith(baseline)[ATTRIBUTE.modelVersion]).toBe("baseline-abcdef01");
    expect(stampedWith({})).not.toHaveProperty(ATTRIBUTE.modelVersion);
  });

  it("is a status message: the code of a failure, or the reason of a fallback, which is a warning", () => {
    expect(stampedWith({ [ATTRIBUTE.errorCode]: "device-lost", [ATTRIBUTE.level]: "ERROR" })).toMatchObject({
      [ATTRIBUTE.statusMessage]: "device-lost",
      [ATTRIBUTE.level]: "ERROR",
    });
    expect(stampedWith({ [ATTRIBUTE.fallbackReason]: "version-damaged" })).toMatchObject({
      [ATTRIBUTE.statusMessage]: "version-damaged",
      [ATTRIBUTE.level]: "WARNING",
    });
    const both = { [ATTRIBUTE.fallbackReason]: "version-damaged", [ATTRIBUTE.level]: "ERROR" };
    expect(stampedWith({ ...both, [ATTRIBUTE.errorCode]: "text-too-long" })).toMatchObject({
      [ATTRIBUTE.statusMessage]: "text-too-long",
      [ATTRIBUTE.level]: "ERROR",
    });
  });
});
