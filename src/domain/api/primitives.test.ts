import { describe, expect, it } from "vitest";
import { isSafeArtifactPath, versionSchema } from "./primitives.ts";

describe("isSafeArtifactPath", () => {
  it.each(["manifest.json", "1_Pooling/config.json", "onnx/model.onnx_data", "a/b/c/d.txt", "_x"])("takes %s", (path) =>
    expect(isSafeArtifactPath(path)).toBe(true),
  );
  it.each([
    ["empty", ""],
    ["parent", "../manifest.json"],
    ["inner parent", "onnx/../../x"],
    ["absolute", "/etc/passwd"],
    ["backslash", "onnx\\model.onnx"],
    ["drive", "C:x"],
    ["nul byte", "a\0b"],
    ["hidden", ".env"],
    ["double slash", "a//b"],
    ["trailing slash", "a/"],
    ["dot", "a/./b"],
    ["trailing dot", "a."],
    ["device", "onnx/NUL.txt"],
    ["newline", "a\nb"],
    ["right-to-left", "a\u202Egnp.exe"],
    ["percent", "%2e%2e/x"],
    ["too deep", "a/b/c/d/e"],
    ["too long", "a".repeat(201)],
  ])("refuses a %s path", (_name, path) => expect(isSafeArtifactPath(path)).toBe(false));
});

describe("versionSchema", () => {
  it("takes what the registry makes and nothing else", () => {
    expect(versionSchema.safeParse("v12-0a1b2c3d").success).toBe(true);
    for (const bad of ["v0-0a1b2c3d", "v1", "../v1-0a1b2c3d", "v1-0A1B2C3D", "v1-0a1b2c3d/"])
      expect(versionSchema.safeParse(bad).success).toBe(false);
  });
});
