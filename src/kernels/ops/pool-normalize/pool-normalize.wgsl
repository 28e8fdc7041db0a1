// Last token of each segment, L2-normalized.
//   forward   e = x / n  with  n = max(‖x‖, FLOOR)
//   backward  dx = (de − e · (e·de)) / n  at last tokens (de / n where ‖x‖ ≤ FLOOR), zero at all others
// LANES lanes a row, ROWS rows a workgroup. Outputs are written, not added.

override WIDTH: u32;
override FLOOR: f32;

@group(0) @binding(1) var<storage, read> x: array<vec4f>;            // [tokens, WIDTH]
@group(0) @binding(2) var<storage, read_write> result: array<vec4f>; // [segments, WIDTH]; backward [tokens, WIDTH]
@group(0) @binding(3) var<storage, read_write> norms: array<f32>;    // [segments], forward only
@group(0) @binding(4) var<storage, read> de: array<vec4f>;           // [segments, WIDTH], backward only

fn norm(start: u32, lane: u32) -> f32 {
  var squares = 0.0;
  for (var i = lane; i < WIDTH / 4u; i += LANES) { squares += dot(x[start + i], x[start + i]); }
  return sqrt(total(squares, lane));
}

@compute @workgroup_size(64)
fn poolNormalize(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) index: u32) {
  let lane = index % LANES;
  let wanted = (group.y * groups.x + group.x) * ROWS + index / LANES;
  let segment = min(wanted, segmentCount() - 1u);
  let start = lastOf(segment) * (WIDTH / 4u);
  let n = norm(start, lane);
  if (wanted >= segmentCount()) { return; }
  if (lane == 0u) { norms[segment] = n; }
  for (var i = lane; i < WIDTH / 4u; i += LANES) { result[segment * (WIDTH / 4u) + i] = x[start + i] / max(n, FLOOR); }
}

@compute @workgroup_size(64)
fn poolNormalizeBackward(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) index: u32) {
  let lane = index % LANES;
  let wanted = (group.y * groups.x + group.x) * ROWS + index / LANES;
  let token = min(wanted, tokenCount() - 1u);
  let start = token * (WIDTH / 4u);
  let origin = segmentOf(token) * (WIDTH / 4u);
  let n = norm(start, lane);
  let nFloored = max(n, FLOOR);
  var part = 0.0;
  for (var i = lane; i < WIDTH / 4u; i += LANES) { part += dot(x[start + i], de[origin + i]) / nFloored; }
  let eDotDe = select(0.0, total(part, lane), n > FLOOR);
  if (wanted >= tokenCount()) { return; }
  let isLast = token + 1u == endOf(token);
  for (var i = lane; i < WIDTH / 4u; i += LANES) {
    result[start + i] = select(vec4f(0.0), (de[origin + i] - x[start + i] / nFloored * eDotDe) / nFloored, isLast);
  }
}
