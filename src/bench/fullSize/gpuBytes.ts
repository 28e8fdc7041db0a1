// Runs inside the engine's worker, before the engine: counts the bytes of live GPU buffers as the device sees them, whatever
// the engine itself believes. A buffer that is dropped without `destroy` counts on.
const created = GPUDevice.prototype.createBuffer;
const destroyed = GPUBuffer.prototype.destroy;
const sizes = new WeakMap<GPUBuffer, number>();
const channel = new BroadcastChannel("gpu-bytes");
let live = 0;
let peak = 0;

GPUDevice.prototype.createBuffer = function (descriptor) {
  const buffer = created.call(this, descriptor);
  sizes.set(buffer, descriptor.size);
  live += descriptor.size;
  if (live > peak) peak = live;
  return buffer;
};
GPUBuffer.prototype.destroy = function () {
  live -= sizes.get(this) ?? 0;
  sizes.delete(this);
  return destroyed.call(this);
};
setInterval(() => channel.postMessage({ live, peak }), 250);

export {};
