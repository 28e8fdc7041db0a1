let seed = 7;
/** Between -1 and 1, the same numbers in every run. */
export const random = () => ((seed = (Math.imul(seed, 48271) >>> 0) % 2147483647) / 2147483647) * 2 - 1;
const gauss = () =>
  Math.sqrt(-2 * Math.log((random() + 1) / 2 || Number.MIN_VALUE)) * Math.cos(Math.PI * (random() + 1));
const unit = (values: Float32Array): Float32Array => {
  const norm = Math.hypot(...values);
  return values.map((value) => value / norm);
};

/** Nothing is near anything, so the tenth neighbor hardly differs from the hundredth: the hardest case for an index. */
export const randomVectors = (dimension: number) => () => unit(Float32Array.from({ length: dimension }, gauss));

/** Like embeddings of texts: 400 topics, 24 directions in which texts really differ, and noise in all others. */
export const clusteredVectors = (dimension: number) => {
  const row = () => Float32Array.from({ length: 24 }, gauss);
  const directions = Array.from({ length: dimension }, row);
  const topics = Array.from({ length: 400 }, row);
  return () => {
    const topic = topics[Math.floor(((random() + 1) / 2) * topics.length)] ?? row();
    const place = topic.map((value) => value + 0.6 * gauss());
    return unit(
      Float32Array.from(directions, (direction) =>
        direction.reduce((sum, w, i) => sum + w * (place[i] ?? 0), 0.5 * gauss()),
      ),
    );
  };
};
