import satisfies from "spdx-satisfies";

/** What package.json says that this check reads. */
export interface PackageJson {
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
}
/** One installed package, as package-lock.json (version 3) lists it under its folder. */
export interface LockedPackage {
  version?: string;
  resolved?: string;
  integrity?: string;
  license?: string;
  dev?: boolean;
  hasInstallScript?: boolean;
}
export type Lock = Record<string, LockedPackage>;

/** Licences under which a package may travel with this project's Apache-2.0. */
const COMPATIBLE = [
  "0BSD",
  "Apache-2.0",
  "BlueOak-1.0.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "CC0-1.0",
  "ISC",
  "MIT",
  "Zlib",
];
/** Packages that another licence, or none that a machine can read, is accepted for. */
const ACCEPTED: Record<string, { licence: string; because: string }> = {
  "@fontsource-variable/ibm-plex-sans": { licence: "OFL-1.1", because: "a font, shipped unchanged" },
  "@fontsource/ibm-plex-mono": { licence: "OFL-1.1", because: "a font, shipped unchanged" },
  duck: { licence: "BSD", because: "its LICENSE file is that of BSD-2-Clause" },
  lightningcss: { licence: "MPL-2.0", because: "minifies styles at build time, unchanged; the page holds none of it" },
};
/** Packages that have an install script. None runs (.npmrc); each works without, and says so here. */
const MAY_HAVE_SCRIPTS: Record<string, string> = {
  esbuild: "its binary comes as a package of its own",
  "onnxruntime-node": "would fetch CUDA libraries; the CPU's are in the package",
  protobufjs: "prints a notice about version ranges",
  webgpu: "Dawn's binaries are in the package",
};
const REGISTRY = "https://registry.npmjs.org/";

const nameOf = (folder: string) => folder.slice(folder.lastIndexOf("node_modules/") + "node_modules/".length);
/** `lightningcss-linux-x64-gnu` is one platform's part of `lightningcss`. */
const isPartOf = (name: string, whole: string) =>
  name === whole || new RegExp(`^${whole}-(android|darwin|freebsd|linux|win32)-`).test(name);

/** Packages of package.json whose version is a range, a tag or an address instead of one version. */
export const inexactVersions = ({ dependencies, devDependencies, optionalDependencies }: PackageJson): string[] =>
  Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies })
    .filter(([, version]) => !/^(npm:.+@)?\d+\.\d+\.\d+(-[\w.-]+)?$/.test(version))
    .map(([name, version]) => `${name} is "${version}"; name one version, such as "1.2.3".`);

const isCompatible = (licence: string): boolean => {
  try {
    return satisfies(licence, COMPATIBLE);
  } catch {
    return false; // no SPDX expression
  }
};

/** Packages that the product is built from or runs with, on any platform, under a licence that is not on the list. */
export const refusedLicences = (lock: Lock): string[] =>
  Object.entries(lock)
    .filter(([folder, { dev }]) => folder.startsWith("node_modules/") && !dev)
    .map(([folder, { license = "" }]) => ({ name: nameOf(folder), licence: license }))
    .filter(({ name, licence }) => {
      const accepted = Object.entries(ACCEPTED).find(([whole]) => isPartOf(name, whole));
      return accepted?.[1].licence !== licence && !isCompatible(licence);
    })
    .map(
      ({ name, licence }) =>
        `${name} is under ${licence || "no stated licence"}, which is not on the list of licences compatible with Apache-2.0.`,
    );

/** Packages, test-only ones too, that have an install script and are not allowed one by name. */
export const unknownInstallScripts = (lock: Lock): string[] =>
  Object.entries(lock)
    .filter(([folder, { hasInstallScript }]) => hasInstallScript && !(nameOf(folder) in MAY_HAVE_SCRIPTS))
    .map(([folder]) => `${nameOf(folder)} has an install script. See that it works without, then add it to the list.`);

/** Packages that come from elsewhere than the registry (which a lock may leave unnamed), or without a hash that npm checks. */
export const unverifiedSources = (lock: Lock): string[] =>
  Object.entries(lock)
    .filter(([folder]) => folder.startsWith("node_modules/"))
    .filter(([, { resolved = REGISTRY, integrity }]) => !resolved.startsWith(REGISTRY) || !integrity)
    .map(([folder]) => `${nameOf(folder)} does not come from ${REGISTRY} with a hash.`);

/** Whether .npmrc keeps install scripts from running. */
export const scriptsAreOff = (npmrc: string): boolean => /^ignore-scripts\s*=\s*true\s*$/m.test(npmrc);
