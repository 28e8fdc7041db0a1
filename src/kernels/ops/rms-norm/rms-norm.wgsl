// RMSNorm over rows, the weight frozen. LANES lanes a row, ROWS rows a workgroup (see shared/reduce.*).
//   forward   y  = x̂ · w             with  x̂ = x / rms,  rms = sqrt(mean(x²) + EPS)
//   backward  dx = (g − x̂ · mean(g · x̂)) / rms + addTo   with  g = dy · w
// Outputs are written, not added.

override WIDTH: u32;
override EPS: f32;
override ADD: bool = false; // whether `addTo` is bound

@group(0) @binding(1) var<storage, read> x: array<vec4f>;            // [rows, WIDTH]
@group(0) @binding(2) var<storage, read> w: array<vec4f>;            // [WIDTH]
@group(0) @binding(3) var<storage, read_write> result: array<vec4f>; // [rows, WIDTH]
@group(0) @binding(4) var<storage, read> dy: array<vec4f>;           // [rows, WIDTH], backward only
@group(0) @binding(5) var<storage, read> addTo: array<vec4f>;        // as dx

fn inverseRms(start: u32, lane: u32) -> f32 {
  var squares = 0.0;
  for (var i = lane; i < WIDTH / 4u; i += LANES) { squares += dot(x[start + i], x[start + i]); }
  return inverseSqrt(total(squares, lane) / f32(WIDTH) + EPS);
}

@compute @workgroup_size(64)
fn rmsNorm(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) index: u32) {
  let lane = index % LANES;
  let row = (group.y * groups.x + group.x) * ROWS + index / LANES;
  let start = min(row, tokenCount() - 1u) * (WIDTH / 4u);
  let invRms = inverseRms(start, lane);
  if (row >= tokenCount()) { return; }
  for (var i = lane; i < WIDTH / 4u; i += LANES) { result[start + i] = x[start + i] * invRms * w[i]; }
}

@compute @workgroup_size(64)
fn rmsNormBackward(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) index: u32) {
  let lane = index % LANES;
  let row = (group.y * groups.x + group.x) * ROWS + index / LANES;
  let start = min(row, tokenCount() - 1u) * (WIDTH / 4u);
  let invRms = inverseRms(start, lane);
  var gx = 0.0;
  for (var i = lane; i < WIDTH / 4u; i += LANES) { gx += dot(dy[start + i] * w[i], x[start + i]) * invRms; }
  let meanGx = total(gx, lane) / f32(WIDTH);
  if (row >= tokenCount()) { return; }
  for (var i = lane; i < WIDTH / 4u; i += LANES) {
    var dx = (dy[start + i] * w[i] - x[start + i] * invRms * meanGx) * invRms;
    if (ADD) { dx += addTo[start + i]; }
    result[start + i] = dx;
  }
}
