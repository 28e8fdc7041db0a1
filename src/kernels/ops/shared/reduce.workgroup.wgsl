// One workgroup a row; sums through shared memory. Every lane gets the result.
const LANES = 64u;
const ROWS = 1u;

var<workgroup> lanes: array<f32, LANES>;

fn total(value: f32, lane: u32) -> f32 {
  lanes[lane] = value;
  for (var half = LANES / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane < half) { lanes[lane] += lanes[lane + half]; }
  }
  let sum = workgroupUniformLoad(&lanes[0]);
  return sum; // the load's barriers allow the next use of `lanes`
}
