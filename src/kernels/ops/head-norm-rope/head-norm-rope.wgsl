// RMSNorm over each head, then rotary embedding of the pairs (i, i + HALF).
//   forward   n = x̂ · w;  y_i = n_i·cos − n_{i+h}·sin,  y_{i+h} = n_{i+h}·cos + n_i·sin
//   backward  g = (dy rotated back) · w, then the backward of RMSNorm
// A row is one head of one token. LANES lanes a row, ROWS rows a workgroup. Outputs are written, not added.

override HEADS: u32;
override HALF: u32; // headDim / 2
override EPS: f32;

@group(0) @binding(1) var<storage, read> x: array<f32>;            // [tokens, HEADS · 2 HALF]
@group(0) @binding(2) var<storage, read> w: array<f32>;            // [2 HALF]
@group(0) @binding(3) var<storage, read_write> result: array<f32>; // as x
@group(0) @binding(4) var<storage, read> angles: array<vec2f>;     // [positions, HALF]: cos in x, sin in y
@group(0) @binding(5) var<storage, read> dy: array<f32>;           // as x, backward only

fn inverseRms(start: u32, lane: u32) -> f32 {
  var squares = 0.0;
  for (var i = lane; i < HALF; i += LANES) {
    let low = x[start + i];
    let high = x[start + HALF + i];
    squares += low * low + high * high;
  }
  return inverseSqrt(total(squares, lane) / f32(2u * HALF) + EPS);
}

@compute @workgroup_size(64)
fn headNormRope(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) index: u32) {
  let lane = index % LANES;
  let last = tokenCount() * HEADS - 1u;
  let wanted = (group.y * groups.x + group.x) * ROWS + index / LANES;
  let row = min(wanted, last);
  let start = row * 2u * HALF;
  let invRms = inverseRms(start, lane);
  if (wanted > last) { return; }
  let first = positionOf(row / HEADS) * HALF;
  for (var i = lane; i < HALF; i += LANES) {
    let nLow = x[start + i] * invRms * w[i];
    let nHigh = x[start + HALF + i] * invRms * w[HALF + i];
    let rotation = angles[first + i];
    result[start + i] = nLow * rotation.x - nHigh * rotation.y;
    result[start + HALF + i] = nHigh * rotation.x + nLow * rotation.y;
  }
}

@compute @workgroup_size(64)
fn headNormRopeBackward(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) index: u32) {
  let lane = index % LANES;
  let last = tokenCount() * HEADS - 1u;
  let wanted = (group.y * groups.x + group.x) * ROWS + index / LANES;
  let row = min(wanted, last);
  let start = row * 2u * HALF;
  let invRms = inverseRms(start, lane);
  let first = positionOf(row / HEADS) * HALF;
  var gx = 0.0;
  for (var i = lane; i < HALF; i += LANES) {
    let rotation = angles[first + i];
    let gLow = (dy[start + i] * rotation.x + dy[start + HALF + i] * rotation.y) * w[i];
    let gHigh = (dy[start + HALF + i] * rotation.x - dy[start + i] * rotation.y) * w[HALF + i];
    gx += (gLow * x[start + i] + gHigh * x[start + HALF + i]) * invRms;
  }
  let meanGx = total(gx, lane) / f32(2u * HALF);
  if (wanted > last) { return; }
  for (var i = lane; i < HALF; i += LANES) {
    let rotation = angles[first + i];
    let gLow = (dy[start + i] * rotation.x + dy[start + HALF + i] * rotation.y) * w[i];
    let gHigh = (dy[start + HALF + i] * rotation.x - dy[start + i] * rotation.y) * w[HALF + i];
    result[start + i] = (gLow - x[start + i] * invRms * meanGx) * invRms;
    result[start + HALF + i] = (gHigh - x[start + HALF + i] * invRms * meanGx) * invRms;
  }
}
