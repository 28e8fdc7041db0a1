/** What is asked of a WebGPU adapter's description. */
export interface AdapterNames {
  vendor?: string;
  architecture?: string;
  device?: string;
  description?: string;
  isFallbackAdapter?: boolean;
}

/** The name of the adapter as a person would recognize it. */
export const adapterName = ({ vendor, architecture, device, description }: AdapterNames): string =>
  [vendor, architecture, device, description].filter((part) => part !== "" && part !== undefined).join(" ") ||
  "unnamed adapter";

/** Whether the adapter only imitates a GPU on the processor. */
export const isSoftware = (info: AdapterNames): boolean =>
  info.isFallbackAdapter === true || /swiftshader|llvmpipe|lavapipe|basic render|software/i.test(adapterName(info));
