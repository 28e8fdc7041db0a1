/** A Chromium for tests and benches: one that is here, Playwright's own, or Debian's package. */
export function findChromium(): Promise<string>;
/** Environment in which Dawn in Node runs on Chromium's software Vulkan driver. */
export function softwareVulkan(executable: string): Record<string, string>;
