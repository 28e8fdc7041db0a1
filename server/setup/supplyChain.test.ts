import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  inexactVersions,
  type Lock,
  type LockedPackage,
  refusedLicences,
  scriptsAreOff,
  unknownInstallScripts,
  unverifiedSources,
} from "./supplyChain.ts";

const locked = (name: string, facts: LockedPackage): Lock => ({
  "": { version: "0.1.0" },
  [`node_modules/${name}`]: { license: "MIT", ...facts },
});

describe("exact versions", () => {
  it.each(["^1", "~1.2.3", "*", "latest", "1", "1.2", ">=1.0.0", "1.x", "github:a/b", "npm:other@^1.0.0", ""])(
    "refuses %s",
    (version) => expect(inexactVersions({ devDependencies: { some: version } })).toHaveLength(1),
  );
  it.each(["1.2.3", "1.31.0-dev.20260914-8d85527a0", "npm:@scope/other@0.57.2"])("takes %s", (version) =>
    expect(inexactVersions({ dependencies: { some: version } })).toEqual([]),
  );
});

describe("licences", () => {
  it.each([
    "GPL-3.0-only",
    "LGPL-3.0-or-later",
    "MIT AND GPL-3.0-only",
    "MPL-2.0",
    "SEE LICENSE IN x",
    "BSD",
    undefined,
  ])("refuses %s in the product", (license) => expect(refusedLicences(locked("some", { license }))).toHaveLength(1));
  it.each(["MIT", "(MIT OR GPL-3.0-or-later)", "MIT AND ISC AND BSD-3-Clause"])("takes %s", (license) =>
    expect(refusedLicences(locked("some", { license }))).toEqual([]),
  );
  it("leaves packages of the tests alone, and reads nested ones", () => {
    expect(refusedLicences(locked("some", { license: "GPL-3.0-only", dev: true }))).toEqual([]);
    expect(refusedLicences(locked("some/node_modules/@a/b", { license: "GPL-3.0-only" }))[0]).toMatch(
      /^@a\/b is under/,
    );
  });
  it("accepts a named package, on each platform, for the licence named and no other", () => {
    expect(refusedLicences(locked("lightningcss-linux-x64-gnu", { license: "MPL-2.0" }))).toEqual([]);
    expect(refusedLicences(locked("lightningcss-plugin", { license: "MPL-2.0" }))).toHaveLength(1);
    expect(refusedLicences(locked("duck", { license: "GPL-2.0-only" }))).toHaveLength(1);
  });
});

describe("install scripts and sources", () => {
  it("refuses an install script that is not allowed by name, of a test-only package too", () => {
    expect(unknownInstallScripts(locked("some", { hasInstallScript: true, dev: true }))).toHaveLength(1);
    expect(unknownInstallScripts(locked("a/node_modules/esbuild", { hasInstallScript: true }))).toEqual([]);
  });
  it("refuses a package from elsewhere or without a hash", () => {
    const integrity = "sha512-x";
    const resolved = "https://registry.npmjs.org/some/-/some-1.0.0.tgz";
    expect(unverifiedSources(locked("some", { resolved, integrity }))).toEqual([]);
    expect(unverifiedSources(locked("some", { integrity }))).toEqual([]);
    expect(unverifiedSources(locked("some", { resolved }))).toHaveLength(1);
    expect(unverifiedSources(locked("some", { resolved: "git+ssh://git@example.org/a.git", integrity }))).toHaveLength(
      1,
    );
  });
  it("sees whether scripts are off", () => {
    expect(scriptsAreOff("fund=false\nignore-scripts=true\n")).toBe(true);
    expect(scriptsAreOff("# ignore-scripts=true\n")).toBe(false);
    expect(scriptsAreOff("ignore-scripts=false")).toBe(false);
  });
  it("trusts the lock's licence field: it is what the installed packages say", () => {
    const { packages } = JSON.parse(readFileSync("package-lock.json", "utf8")) as { packages: Lock };
    const differing = Object.entries(packages).filter(([folder, { license, dev }]) => {
      if (!folder || dev) return false;
      try {
        const own = JSON.parse(readFileSync(`${folder}/package.json`, "utf8")) as { license?: string };
        return own.license !== undefined && own.license !== license;
      } catch {
        return false; // a part for another platform is not installed
      }
    });
    expect(differing).toEqual([]);
  });
});
