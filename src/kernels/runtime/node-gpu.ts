/**
 * WebGPU outside the browser: the `webgpu` package carries Dawn as a Node add-on.
 * Its instance must stay referenced as long as any object made from it, so it lives in this module.
 */
let instance: GPU | undefined;

/** Whether this JavaScript runs in Node rather than in a page or a worker. */
export const inNode = (): boolean =>
  typeof process !== "undefined" && process.versions?.node !== undefined && typeof window === "undefined";

/**
 * Dawn's GPU object, with the constants (`GPUBufferUsage`…) that tfjs expects as globals. The first call settles the options: tests
 * ask for `backend=null`, which validates everything for every feature and computes nothing. Throws when Dawn cannot load.
 */
export const nodeGpu = async (...options: string[]): Promise<GPU> => {
  if (instance !== undefined) return instance;
  const name = "webgpu"; // a variable, so that bundlers leave the add-on alone
  const dawn = (await import(/* @vite-ignore */ name)) as { create(options: string[]): GPU; globals: object };
  Object.assign(globalThis, dawn.globals);
  instance = dawn.create(["enable-dawn-features=allow_unsafe_apis", ...options]);
  // tfjs asks `navigator.gpu` whether WebGPU exists; Node 20 has no navigator, newer ones a frozen-looking getter.
  const navigator = (globalThis as { navigator?: object }).navigator ?? {};
  Object.defineProperty(navigator, "gpu", { value: instance, configurable: true });
  Object.defineProperty(globalThis, "navigator", { value: navigator, configurable: true, writable: true });
  return instance;
};
