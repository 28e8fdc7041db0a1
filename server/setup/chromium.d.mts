/** A Chromium for tests and benches: one that is here, Playwright's own, or Debian's package. */
export function findChromium(): Promise<string>;
/** A Chromium that is here; nothing is installed. */
export function presentChromium(): Promise<string | undefined>;
/** Environment in which Dawn in Node runs on Chromium's software Vulkan driver. */
export function softwareVulkan(executable: string): Record<string, string>;
