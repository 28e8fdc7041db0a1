// The part of `npm run lint` that looks at packages: exact versions, licences, install scripts, sources.
import { readFileSync } from "node:fs";
import {
  type Lock,
  type PackageJson,
  inexactVersions,
  refusedLicences,
  scriptsAreOff,
  unknownInstallScripts,
  unverifiedSources,
} from "./supplyChain.ts";

const read = (name: string) => readFileSync(new URL(`../../${name}`, import.meta.url), "utf8");
const { packages } = JSON.parse(read("package-lock.json")) as { packages: Lock };
const problems = [
  ...inexactVersions(JSON.parse(read("package.json")) as PackageJson),
  ...refusedLicences(packages),
  ...unknownInstallScripts(packages),
  ...unverifiedSources(packages),
  ...(scriptsAreOff(read(".npmrc")) ? [] : [".npmrc lets packages run install scripts; set ignore-scripts=true."]),
];
for (const problem of problems) console.error(problem);
process.exitCode = problems.length > 0 ? 1 : 0;
