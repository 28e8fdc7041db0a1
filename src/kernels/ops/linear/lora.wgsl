// The small products of LoRA, a 4×4 register tile a lane (8×4 for the gradients).
//   loraDown      z  = x·Aᵀ                 [tokens, RANK]
//   loraUpstream  dz = SCALING·dy·B         [tokens, RANK]
//   loraGradient  G += SCALING·Pᵀ·Q over tokens: dA with P = dz, Q = x;  dB with P = dy, Q = z
// The gradients are added to the store, z and dz are written. SPLIT lanes share the inner dimension of one tile: more lanes for
// wide adapters; with 1 there is no barrier.

struct Sizes {
  width: u32,    // IN for loraDown, OUT for loraUpstream; columns of P, rows of G for loraGradient
  rank: u32,     // columns of Q and of G for loraGradient
  scaling: f32,
  unused: u32,
}

@group(0) @binding(1) var<storage, read> x: array<vec4f>;               // x, or dy
@group(0) @binding(2) var<storage, read> ab: array<f32>;                // A [RANK, IN], or B [OUT, RANK]
@group(0) @binding(3) var<storage, read_write> result: array<f32>;      // z, or dz, or G
@group(0) @binding(4) var<storage, read> p: array<f32>;                 // [tokens, width]
@group(0) @binding(5) var<storage, read> q: array<f32>;                 // [tokens, rank]
@group(0) @binding(6) var<uniform> sizes: Sizes;

fn write(row: u32, column: u32, value: vec4f) {
  if (row >= tokenCount()) { return; }
  for (var i = 0u; i < min(4u, sizes.rank - column); i++) { result[row * sizes.rank + column + i] = value[i] * sizes.scaling; }
}

@compute @workgroup_size(64)
fn loraDown(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let tiles = (sizes.rank + 3u) / 4u;
  let tile = (group.y * groups.x + group.x) * (64u / SPLIT) + lane / SPLIT;
  let row = tile / tiles * 4u;
  let column = tile % tiles * 4u;
  let last = tokenCount() - 1u;
  let x0 = min(row + 0u, last) * (sizes.width / 4u);
  let x1 = min(row + 1u, last) * (sizes.width / 4u);
  let x2 = min(row + 2u, last) * (sizes.width / 4u);
  let x3 = min(row + 3u, last) * (sizes.width / 4u);
  let c0 = min(column + 0u, sizes.rank - 1u);
  let c1 = min(column + 1u, sizes.rank - 1u);
  let c2 = min(column + 2u, sizes.rank - 1u);
  let c3 = min(column + 3u, sizes.rank - 1u);
  var a0 = vec4f(0.0);
  var a1 = vec4f(0.0);
  var a2 = vec4f(0.0);
  var a3 = vec4f(0.0);
  for (var i = lane % SPLIT; i < sizes.width / 4u; i += SPLIT) {
    let at0 = c0 * sizes.width + 4u * i;
    let w0 = vec4f(ab[at0], ab[at0 + 1u], ab[at0 + 2u], ab[at0 + 3u]);
    let at1 = c1 * sizes.width + 4u * i;
    let w1 = vec4f(ab[at1], ab[at1 + 1u], ab[at1 + 2u], ab[at1 + 3u]);
    let at2 = c2 * sizes.width + 4u * i;
    let w2 = vec4f(ab[at2], ab[at2 + 1u], ab[at2 + 2u], ab[at2 + 3u]);
    let at3 = c3 * sizes.width + 4u * i;
    let w3 = vec4f(ab[at3], ab[at3 + 1u], ab[at3 + 2u], ab[at3 + 3u]);
    let v0 = x[x0 + i];
    a0 += vec4f(dot(v0, w0), dot(v0, w1), dot(v0, w2), dot(v0, w3));
    let v1 = x[x1 + i];
    a1 += vec4f(dot(v1, w0), dot(v1, w1), dot(v1, w2), dot(v1, w3));
    let v2 = x[x2 + i];
    a2 += vec4f(dot(v2, w0), dot(v2, w1), dot(v2, w2), dot(v2, w3));
    let v3 = x[x3 + i];
    a3 += vec4f(dot(v3, w0), dot(v3, w1), dot(v3, w2), dot(v3, w3));
  }
  let s0 = gather(a0, lane);
  let s1 = gather(a1, lane);
  let s2 = gather(a2, lane);
  let s3 = gather(a3, lane);
  if (lane % SPLIT != 0u) { return; }
  write(row + 0u, column, s0);
  write(row + 1u, column, s1);
  write(row + 2u, column, s2);
  write(row + 3u, column, s3);
}

@compute @workgroup_size(64)
fn loraUpstream(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let tiles = (sizes.rank + 3u) / 4u;
  let tile = (group.y * groups.x + group.x) * (64u / SPLIT) + lane / SPLIT;
  let row = tile / tiles * 4u;
  let column = tile % tiles * 4u;
  let last = tokenCount() - 1u;
  let x0 = min(row + 0u, last) * (sizes.width / 4u);
  let x1 = min(row + 1u, last) * (sizes.width / 4u);
  let x2 = min(row + 2u, last) * (sizes.width / 4u);
  let x3 = min(row + 3u, last) * (sizes.width / 4u);
  let c0 = min(column + 0u, sizes.rank - 1u);
  let c1 = min(column + 1u, sizes.rank - 1u);
  let c2 = min(column + 2u, sizes.rank - 1u);
  let c3 = min(column + 3u, sizes.rank - 1u);
  var a0 = vec4f(0.0);
  var a1 = vec4f(0.0);
  var a2 = vec4f(0.0);
  var a3 = vec4f(0.0);
  for (var i = lane % SPLIT; i < sizes.width / 4u; i += SPLIT) {
    let at0 = (4u * i + 0u) * sizes.rank;
    let w0 = vec4f(ab[at0 + c0], ab[at0 + c1], ab[at0 + c2], ab[at0 + c3]);
    let at1 = (4u * i + 1u) * sizes.rank;
    let w1 = vec4f(ab[at1 + c0], ab[at1 + c1], ab[at1 + c2], ab[at1 + c3]);
    let at2 = (4u * i + 2u) * sizes.rank;
    let w2 = vec4f(ab[at2 + c0], ab[at2 + c1], ab[at2 + c2], ab[at2 + c3]);
    let at3 = (4u * i + 3u) * sizes.rank;
    let w3 = vec4f(ab[at3 + c0], ab[at3 + c1], ab[at3 + c2], ab[at3 + c3]);
    let v0 = x[x0 + i];
    a0 += v0.x * w0 + v0.y * w1 + v0.z * w2 + v0.w * w3;
    let v1 = x[x1 + i];
    a1 += v1.x * w0 + v1.y * w1 + v1.z * w2 + v1.w * w3;
    let v2 = x[x2 + i];
    a2 += v2.x * w0 + v2.y * w1 + v2.z * w2 + v2.w * w3;
    let v3 = x[x3 + i];
    a3 += v3.x * w0 + v3.y * w1 + v3.z * w2 + v3.w * w3;
  }
  let s0 = gather(a0, lane);
  let s1 = gather(a1, lane);
  let s2 = gather(a2, lane);
  let s3 = gather(a3, lane);
  if (lane % SPLIT != 0u) { return; }
  write(row + 0u, column, s0);
  write(row + 1u, column, s1);
  write(row + 2u, column, s2);
  write(row + 3u, column, s3);
}

@compute @workgroup_size(64)
fn loraGradient(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let tiles = (sizes.rank + 3u) / 4u;
  let tile = (group.y * groups.x + group.x) * (64u / SPLIT) + lane / SPLIT;
  let row = tile / tiles * 8u;
  let column = tile % tiles * 4u;
  let p0 = min(row + 0u, sizes.width - 1u);
  let p1 = min(row + 1u, sizes.width - 1u);
  let p2 = min(row + 2u, sizes.width - 1u);
  let p3 = min(row + 3u, sizes.width - 1u);
  let p4 = min(row + 4u, sizes.width - 1u);
  let p5 = min(row + 5u, sizes.width - 1u);
  let p6 = min(row + 6u, sizes.width - 1u);
  let p7 = min(row + 7u, sizes.width - 1u);
  let q0 = min(column + 0u, sizes.rank - 1u);
  let q1 = min(column + 1u, sizes.rank - 1u);
  let q2 = min(column + 2u, sizes.rank - 1u);
  let q3 = min(column + 3u, sizes.rank - 1u);
  var a0 = vec4f(0.0);
  var a1 = vec4f(0.0);
  var a2 = vec4f(0.0);
  var a3 = vec4f(0.0);
  var a4 = vec4f(0.0);
  var a5 = vec4f(0.0);
  var a6 = vec4f(0.0);
  var a7 = vec4f(0.0);
  for (var t = lane % SPLIT; t < tokenCount(); t += SPLIT) {
    let origin = t * sizes.width;
    let along = t * sizes.rank;
    let v = vec4f(q[along + q0], q[along + q1], q[along + q2], q[along + q3]);
    a0 += p[origin + p0] * v;
    a1 += p[origin + p1] * v;
    a2 += p[origin + p2] * v;
    a3 += p[origin + p3] * v;
    a4 += p[origin + p4] * v;
    a5 += p[origin + p5] * v;
    a6 += p[origin + p6] * v;
    a7 += p[origin + p7] * v;
  }
  let s0 = gather(a0, lane);
  let s1 = gather(a1, lane);
  let s2 = gather(a2, lane);
  let s3 = gather(a3, lane);
  let s4 = gather(a4, lane);
  let s5 = gather(a5, lane);
  let s6 = gather(a6, lane);
  let s7 = gather(a7, lane);
  if (lane % SPLIT != 0u) { return; }
  accumulate(row + 0u, column, s0);
  accumulate(row + 1u, column, s1);
  accumulate(row + 2u, column, s2);
  accumulate(row + 3u, column, s3);
  accumulate(row + 4u, column, s4);
  accumulate(row + 5u, column, s5);
  accumulate(row + 6u, column, s6);
  accumulate(row + 7u, column, s7);
}

fn accumulate(row: u32, column: u32, value: vec4f) {
  if (row >= sizes.width || column >= sizes.rank) { return; }
  for (var i = 0u; i < min(4u, sizes.rank - column); i++) { result[row * sizes.rank + column + i] += value[i] * sizes.scaling; }
}
