// Linear layers with frozen packed weights and LoRA, one 8×8 register tile a lane: no barriers, no shared memory, as software
// adapters like it. W is [OUT, IN] for both directions: the forward reads along a row, the backward across rows.
//   forward   y  = x·Wᵀ + z·Bᵀ·SCALING + residual     with  z = x·Aᵀ
//   backward  dx = dy·W + dz·A + addTo                 with  dz = SCALING·dy·B
// Outputs are written, not added. IN and OUT are multiples of 4, RANK is any.

override IN: u32;
override OUT: u32;
override RANK: u32 = 0u; // 0: no LoRA
override SCALING: f32 = 0.0;
override ADD: bool = false; // whether `addend` is bound

@group(0) @binding(1) var<storage, read> x: array<vec4f>;            // x [tokens, IN], or dy [tokens, OUT]
@group(0) @binding(2) var<storage, read> w: array<vec2u>;            // [OUT, IN]
@group(0) @binding(3) var<storage, read_write> result: array<vec4f>; // y [tokens, OUT], or dx [tokens, IN]
@group(0) @binding(4) var<storage, read> z: array<f32>;              // z or dz [tokens, RANK]
@group(0) @binding(5) var<storage, read> ab: array<f32>;             // B [OUT, RANK], or A [RANK, IN]
@group(0) @binding(6) var<storage, read> addend: array<vec4f>;       // residual or addTo, as result

/// Four weights from `index4`, counted in fours.
fn weight(index4: u32) -> vec4f {
  if (DTYPE == 2u) { return bitcast<vec4f>(vec4u(w[2u * index4], w[2u * index4 + 1u])); }
  return unpack(w[index4]);
}

fn store(row: u32, column4: u32, width4: u32, value: vec4f) {
  if (row >= tokenCount() || column4 >= width4) { return; }
  let i = row * width4 + column4;
  if (ADD) { result[i] = value + addend[i]; } else { result[i] = value; }
}

/// y, eight rows of x by eight rows of W.
@compute @workgroup_size(64)
fn linear(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let tiles = (OUT + 7u) / 8u; // tiles in a row of tiles; neighbouring lanes share their rows of x
  let tile = (group.y * groups.x + group.x) * 64u + lane;
  let row = tile / tiles * 8u;
  if (row >= tokenCount()) { return; }
  let column = tile % tiles * 8u;
  let last = tokenCount() - 1u;
  let r0 = min(row + 0u, last);
  let r1 = min(row + 1u, last);
  let r2 = min(row + 2u, last);
  let r3 = min(row + 3u, last);
  let r4 = min(row + 4u, last);
  let r5 = min(row + 5u, last);
  let r6 = min(row + 6u, last);
  let r7 = min(row + 7u, last);
  let x0 = r0 * (IN / 4u);
  let x1 = r1 * (IN / 4u);
  let x2 = r2 * (IN / 4u);
  let x3 = r3 * (IN / 4u);
  let x4 = r4 * (IN / 4u);
  let x5 = r5 * (IN / 4u);
  let x6 = r6 * (IN / 4u);
  let x7 = r7 * (IN / 4u);
  var a0 = vec4f(0.0); var b0 = vec4f(0.0);
  var a1 = vec4f(0.0); var b1 = vec4f(0.0);
  var a2 = vec4f(0.0); var b2 = vec4f(0.0);
  var a3 = vec4f(0.0); var b3 = vec4f(0.0);
  var a4 = vec4f(0.0); var b4 = vec4f(0.0);
  var a5 = vec4f(0.0); var b5 = vec4f(0.0);
  var a6 = vec4f(0.0); var b6 = vec4f(0.0);
  var a7 = vec4f(0.0); var b7 = vec4f(0.0);
  let w0 = min(column + 0u, OUT - 1u) * (IN / 4u);
  let w1 = min(column + 1u, OUT - 1u) * (IN / 4u);
  let w2 = min(column + 2u, OUT - 1u) * (IN / 4u);
  let w3 = min(column + 3u, OUT - 1u) * (IN / 4u);
  let w4 = min(column + 4u, OUT - 1u) * (IN / 4u);
  let w5 = min(column + 5u, OUT - 1u) * (IN / 4u);
  let w6 = min(column + 6u, OUT - 1u) * (IN / 4u);
  let w7 = min(column + 7u, OUT - 1u) * (IN / 4u);
  for (var i = 0u; i < IN / 4u; i++) {
    let c0 = weight(w0 + i);
    let c1 = weight(w1 + i);
    let c2 = weight(w2 + i);
    let c3 = weight(w3 + i);
    let c4 = weight(w4 + i);
    let c5 = weight(w5 + i);
    let c6 = weight(w6 + i);
    let c7 = weight(w7 + i);
    let v0 = x[x0 + i];
    a0 += vec4f(dot(v0, c0), dot(v0, c1), dot(v0, c2), dot(v0, c3));
    b0 += vec4f(dot(v0, c4), dot(v0, c5), dot(v0, c6), dot(v0, c7));
    let v1 = x[x1 + i];
    a1 += vec4f(dot(v1, c0), dot(v1, c1), dot(v1, c2), dot(v1, c3));
    b1 += vec4f(dot(v1, c4), dot(v1, c5), dot(v1, c6), dot(v1, c7));
    let v2 = x[x2 + i];
    a2 += vec4f(dot(v2, c0), dot(v2, c1), dot(v2, c2), dot(v2, c3));
    b2 += vec4f(dot(v2, c4), dot(v2, c5), dot(v2, c6), dot(v2, c7));
    let v3 = x[x3 + i];
    a3 += vec4f(dot(v3, c0), dot(v3, c1), dot(v3, c2), dot(v3, c3));
    b3 += vec4f(dot(v3, c4), dot(v3, c5), dot(v3, c6), dot(v3, c7));
    let v4 = x[x4 + i];
    a4 += vec4f(dot(v4, c0), dot(v4, c1), dot(v4, c2), dot(v4, c3));
    b4 += vec4f(dot(v4, c4), dot(v4, c5), dot(v4, c6), dot(v4, c7));
    let v5 = x[x5 + i];
    a5 += vec4f(dot(v5, c0), dot(v5, c1), dot(v5, c2), dot(v5, c3));
    b5 += vec4f(dot(v5, c4), dot(v5, c5), dot(v5, c6), dot(v5, c7));
    let v6 = x[x6 + i];
    a6 += vec4f(dot(v6, c0), dot(v6, c1), dot(v6, c2), dot(v6, c3));
    b6 += vec4f(dot(v6, c4), dot(v6, c5), dot(v6, c6), dot(v6, c7));
    let v7 = x[x7 + i];
    a7 += vec4f(dot(v7, c0), dot(v7, c1), dot(v7, c2), dot(v7, c3));
    b7 += vec4f(dot(v7, c4), dot(v7, c5), dot(v7, c6), dot(v7, c7));
  }
  for (var r = 0u; r < RANK; r++) {
    let c0 = ab[min(column + 0u, OUT - 1u) * RANK + r];
    let c1 = ab[min(column + 1u, OUT - 1u) * RANK + r];
    let c2 = ab[min(column + 2u, OUT - 1u) * RANK + r];
    let c3 = ab[min(column + 3u, OUT - 1u) * RANK + r];
    let c4 = ab[min(column + 4u, OUT - 1u) * RANK + r];
    let c5 = ab[min(column + 5u, OUT - 1u) * RANK + r];
    let c6 = ab[min(column + 6u, OUT - 1u) * RANK + r];
    let c7 = ab[min(column + 7u, OUT - 1u) * RANK + r];
    let low = vec4f(c0, c1, c2, c3) * SCALING;
    let high = vec4f(c4, c5, c6, c7) * SCALING;
    let z0 = z[r0 * RANK + r];
    a0 += z0 * low;
    b0 += z0 * high;
    let z1 = z[r1 * RANK + r];
    a1 += z1 * low;
    b1 += z1 * high;
    let z2 = z[r2 * RANK + r];
    a2 += z2 * low;
    b2 += z2 * high;
    let z3 = z[r3 * RANK + r];
    a3 += z3 * low;
    b3 += z3 * high;
    let z4 = z[r4 * RANK + r];
    a4 += z4 * low;
    b4 += z4 * high;
    let z5 = z[r5 * RANK + r];
    a5 += z5 * low;
    b5 += z5 * high;
    let z6 = z[r6 * RANK + r];
    a6 += z6 * low;
    b6 += z6 * high;
    let z7 = z[r7 * RANK + r];
    a7 += z7 * low;
    b7 += z7 * high;
  }
  store(row + 0u, column / 4u, OUT / 4u, a0);
  store(row + 0u, column / 4u + 1u, OUT / 4u, b0);
  store(row + 1u, column / 4u, OUT / 4u, a1);
  store(row + 1u, column / 4u + 1u, OUT / 4u, b1);
  store(row + 2u, column / 4u, OUT / 4u, a2);
  store(row + 2u, column / 4u + 1u, OUT / 4u, b2);
  store(row + 3u, column / 4u, OUT / 4u, a3);
  store(row + 3u, column / 4u + 1u, OUT / 4u, b3);
  store(row + 4u, column / 4u, OUT / 4u, a4);
  store(row + 4u, column / 4u + 1u, OUT / 4u, b4);
  store(row + 5u, column / 4u, OUT / 4u, a5);
  store(row + 5u, column / 4u + 1u, OUT / 4u, b5);
  store(row + 6u, column / 4u, OUT / 4u, a6);
  store(row + 6u, column / 4u + 1u, OUT / 4u, b6);
  store(row + 7u, column / 4u, OUT / 4u, a7);
  store(row + 7u, column / 4u + 1u, OUT / 4u, b7);
}

/// dx, eight rows of dy by eight columns of W.
@compute @workgroup_size(64)
fn linearBackward(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let tiles = (IN + 7u) / 8u; // tiles in a row of tiles; neighbouring lanes share their rows of x
  let tile = (group.y * groups.x + group.x) * 64u + lane;
  let row = tile / tiles * 8u;
  if (row >= tokenCount()) { return; }
  let column = tile % tiles * 8u;
  let last = tokenCount() - 1u;
  let r0 = min(row + 0u, last);
  let r1 = min(row + 1u, last);
  let r2 = min(row + 2u, last);
  let r3 = min(row + 3u, last);
  let r4 = min(row + 4u, last);
  let r5 = min(row + 5u, last);
  let r6 = min(row + 6u, last);
  let r7 = min(row + 7u, last);
  let x0 = r0 * (OUT / 4u);
  let x1 = r1 * (OUT / 4u);
  let x2 = r2 * (OUT / 4u);
  let x3 = r3 * (OUT / 4u);
  let x4 = r4 * (OUT / 4u);
  let x5 = r5 * (OUT / 4u);
  let x6 = r6 * (OUT / 4u);
  let x7 = r7 * (OUT / 4u);
  var a0 = vec4f(0.0); var b0 = vec4f(0.0);
  var a1 = vec4f(0.0); var b1 = vec4f(0.0);
  var a2 = vec4f(0.0); var b2 = vec4f(0.0);
  var a3 = vec4f(0.0); var b3 = vec4f(0.0);
  var a4 = vec4f(0.0); var b4 = vec4f(0.0);
  var a5 = vec4f(0.0); var b5 = vec4f(0.0);
  var a6 = vec4f(0.0); var b6 = vec4f(0.0);
  var a7 = vec4f(0.0); var b7 = vec4f(0.0);
  let low = column / 4u;
  let high = min(low + 1u, IN / 4u - 1u);
  for (var n = 0u; n < OUT / 4u; n++) {
    let c0 = weight((4u * n + 0u) * (IN / 4u) + low);
    let d0 = weight((4u * n + 0u) * (IN / 4u) + high);
    let c1 = weight((4u * n + 1u) * (IN / 4u) + low);
    let d1 = weight((4u * n + 1u) * (IN / 4u) + high);
    let c2 = weight((4u * n + 2u) * (IN / 4u) + low);
    let d2 = weight((4u * n + 2u) * (IN / 4u) + high);
    let c3 = weight((4u * n + 3u) * (IN / 4u) + low);
    let d3 = weight((4u * n + 3u) * (IN / 4u) + high);
    let v0 = x[x0 + n];
    a0 += v0.x * c0 + v0.y * c1 + v0.z * c2 + v0.w * c3;
    b0 += v0.x * d0 + v0.y * d1 + v0.z * d2 + v0.w * d3;
    let v1 = x[x1 + n];
    a1 += v1.x * c0 + v1.y * c1 + v1.z * c2 + v1.w * c3;
    b1 += v1.x * d0 + v1.y * d1 + v1.z * d2 + v1.w * d3;
    let v2 = x[x2 + n];
    a2 += v2.x * c0 + v2.y * c1 + v2.z * c2 + v2.w * c3;
    b2 += v2.x * d0 + v2.y * d1 + v2.z * d2 + v2.w * d3;
    let v3 = x[x3 + n];
    a3 += v3.x * c0 + v3.y * c1 + v3.z * c2 + v3.w * c3;
    b3 += v3.x * d0 + v3.y * d1 + v3.z * d2 + v3.w * d3;
    let v4 = x[x4 + n];
    a4 += v4.x * c0 + v4.y * c1 + v4.z * c2 + v4.w * c3;
    b4 += v4.x * d0 + v4.y * d1 + v4.z * d2 + v4.w * d3;
    let v5 = x[x5 + n];
    a5 += v5.x * c0 + v5.y * c1 + v5.z * c2 + v5.w * c3;
    b5 += v5.x * d0 + v5.y * d1 + v5.z * d2 + v5.w * d3;
    let v6 = x[x6 + n];
    a6 += v6.x * c0 + v6.y * c1 + v6.z * c2 + v6.w * c3;
    b6 += v6.x * d0 + v6.y * d1 + v6.z * d2 + v6.w * d3;
    let v7 = x[x7 + n];
    a7 += v7.x * c0 + v7.y * c1 + v7.z * c2 + v7.w * c3;
    b7 += v7.x * d0 + v7.y * d1 + v7.z * d2 + v7.w * d3;
  }
  for (var r = 0u; r < RANK; r++) {
    let at = r * IN;
    let c = vec4f(ab[at + 4u * low], ab[at + 4u * low + 1u], ab[at + 4u * low + 2u], ab[at + 4u * low + 3u]);
    let d = vec4f(ab[at + 4u * high], ab[at + 4u * high + 1u], ab[at + 4u * high + 2u], ab[at + 4u * high + 3u]);
    let z0 = z[r0 * RANK + r];
    a0 += z0 * c;
    b0 += z0 * d;
    let z1 = z[r1 * RANK + r];
    a1 += z1 * c;
    b1 += z1 * d;
    let z2 = z[r2 * RANK + r];
    a2 += z2 * c;
    b2 += z2 * d;
    let z3 = z[r3 * RANK + r];
    a3 += z3 * c;
    b3 += z3 * d;
    let z4 = z[r4 * RANK + r];
    a4 += z4 * c;
    b4 += z4 * d;
    let z5 = z[r5 * RANK + r];
    a5 += z5 * c;
    b5 += z5 * d;
    let z6 = z[r6 * RANK + r];
    a6 += z6 * c;
    b6 += z6 * d;
    let z7 = z[r7 * RANK + r];
    a7 += z7 * c;
    b7 += z7 * d;
  }
  store(row + 0u, column / 4u, IN / 4u, a0);
  store(row + 0u, column / 4u + 1u, IN / 4u, b0);
  store(row + 1u, column / 4u, IN / 4u, a1);
  store(row + 1u, column / 4u + 1u, IN / 4u, b1);
  store(row + 2u, column / 4u, IN / 4u, a2);
  store(row + 2u, column / 4u + 1u, IN / 4u, b2);
  store(row + 3u, column / 4u, IN / 4u, a3);
  store(row + 3u, column / 4u + 1u, IN / 4u, b3);
  store(row + 4u, column / 4u, IN / 4u, a4);
  store(row + 4u, column / 4u + 1u, IN / 4u, b4);
  store(row + 5u, column / 4u, IN / 4u, a5);
  store(row + 5u, column / 4u + 1u, IN / 4u, b5);
  store(row + 6u, column / 4u, IN / 4u, a6);
  store(row + 6u, column / 4u + 1u, IN / 4u, b6);
  store(row + 7u, column / 4u, IN / 4u, a7);
  store(row + 7u, column / 4u + 1u, IN / 4u, b7);
}
