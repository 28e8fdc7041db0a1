enable subgroups;
// One workgroup a row; sums inside subgroups first, then through shared memory. Every lane gets the result.
const LANES = 64u;
const ROWS = 1u;

var<workgroup> lanes: array<f32, LANES>;

fn total(value: f32, lane: u32) -> f32 {
  let bits = countOneBits(subgroupBallot(true));
  let width = bits.x + bits.y + bits.z + bits.w;
  let part = subgroupAdd(value);
  if (lane % width == 0u) { lanes[lane / width] = part; }
  workgroupBarrier();
  var sum = 0.0;
  for (var i = 0u; i < LANES / width; i++) { sum += lanes[i]; }
  workgroupBarrier(); // `lanes` may be used again
  return sum;
}
