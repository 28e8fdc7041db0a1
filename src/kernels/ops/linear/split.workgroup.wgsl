// Sixteen lanes a tile; the sum of the group of `lane`, through shared memory.
const SPLIT = 16u;

var<workgroup> parts: array<vec4f, 64>;

fn gather(value: vec4f, lane: u32) -> vec4f {
  workgroupBarrier(); // `parts` may still be read
  parts[lane] = value;
  for (var half = SPLIT / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane % SPLIT < half) { parts[lane] += parts[lane + half]; }
  }
  workgroupBarrier();
  return parts[lane / SPLIT * SPLIT];
}
