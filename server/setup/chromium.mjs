import { spawnSync } from "node:child_process";
import { existsSync, realpathSync } from "node:fs";
import { dirname } from "node:path";
import { root } from "./dependencies.mjs";

const systemPaths = [
  process.env.STUDIO_CHROMIUM,
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

const works = (command, args) => spawnSync(command, args, { cwd: root, stdio: "inherit" }).status === 0;
const onSystem = () => systemPaths.find((path) => path && existsSync(path));
const playwrightsOwn = async () => {
  const { chromium } = await import("playwright");
  const path = chromium.executablePath();
  return existsSync(path) ? path : undefined;
};

/** A Chromium that is here: the system's, or Playwright's own. */
export const presentChromium = async () => onSystem() ?? (await playwrightsOwn());

/**
 * A Chromium for the tests: one that is here, Playwright's own, or Debian's package where that download is impossible.
 * Ends the process with advice when none can be had.
 */
export const findChromium = async () => {
  const present = await presentChromium();
  if (present) return present;
  console.log("Getting a Chromium for the browser tests …");
  if (works(process.execPath, ["node_modules/playwright/cli.js", "install", "--with-deps", "chromium"])) {
    const own = await playwrightsOwn();
    if (own) return own;
  }
  const isDebianRoot = existsSync("/usr/bin/apt-get") && process.getuid?.() === 0;
  if (isDebianRoot && works("apt-get", ["update", "-qq"]) && works("apt-get", ["install", "-y", "-qq", "chromium"])) {
    const system = onSystem();
    if (system) return system;
  }
  console.error(
    "No Chromium could be found or installed. Install Chrome or Chromium, or set STUDIO_CHROMIUM to its path.",
  );
  process.exit(1);
};

/** Where a Chromium keeps its libraries: SwiftShader's Vulkan driver and loader are among them. */
const librariesOf = (executable) =>
  [dirname(realpathSync(executable)), "/usr/lib/chromium"].find((folder) =>
    existsSync(`${folder}/vk_swiftshader_icd.json`),
  );

/**
 * Environment in which Dawn in Node runs on Chromium's software Vulkan driver, so that WebGPU tests mean the same on
 * every machine. `STUDIO_TEST_ADAPTER=hardware` leaves the machine's own drivers in place.
 */
export const softwareVulkan = (executable) => {
  const folder = librariesOf(executable);
  if (!folder || process.env.STUDIO_TEST_ADAPTER === "hardware") return {};
  return {
    VK_ICD_FILENAMES: `${folder}/vk_swiftshader_icd.json`,
    LD_LIBRARY_PATH: [folder, process.env.LD_LIBRARY_PATH].filter(Boolean).join(":"),
  };
};
