// What every form of the linear kernels shares. W is [OUT, IN] for both directions: the forward reads along a row of W, the
// backward across rows, so one layout of the frozen weights serves both.
//   linear          y  = x·Wᵀ + z·Bᵀ·SCALING + residual     with  z = x·Aᵀ
//   linearBackward  dx = dy·W + dz·A·SCALING + addTo         with  dz = scaling·dy·B, SCALING = 1
// Outputs are written, not added. IN and OUT are multiples of 4, RANK is any (0: no LoRA).

struct Sizes {
  inputs: u32,   // columns of W
  outputs: u32,  // rows of W
  rank: u32,
  add: u32,      // 1 when `addend` is bound
  scaling: f32,
}

@group(0) @binding(1) var<storage, read> x: array<vec4f>;            // x [tokens, IN], or dy [tokens, OUT]
@group(0) @binding(2) var<storage, read> w: array<vec2u>;            // [OUT, IN]
@group(0) @binding(3) var<storage, read_write> result: array<vec4f>; // y [tokens, OUT], or dx [tokens, IN]
@group(0) @binding(4) var<storage, read> z: array<f32>;              // z or dz [tokens, RANK]
@group(0) @binding(5) var<storage, read> ab: array<f32>;             // B [OUT, RANK], or A [RANK, IN]
@group(0) @binding(6) var<storage, read> addend: array<vec4f>;       // residual or addTo, as result
@group(0) @binding(7) var<uniform> sizes: Sizes;

/// Four weights from `index4`, counted in fours.
fn weight(index4: u32) -> vec4f {
  if (DTYPE == 2u) { return bitcast<vec4f>(vec4u(w[2u * index4], w[2u * index4 + 1u])); }
  return unpack(w[index4]);
}

/// Four rows of B at one rank, or zero beyond RANK; forward only.
fn loraB(row: u32, r: u32) -> vec4f {
  let last = sizes.outputs - 1u;
  return vec4f(ab[min(row, last) * sizes.rank + r], ab[min(row + 1u, last) * sizes.rank + r],
               ab[min(row + 2u, last) * sizes.rank + r], ab[min(row + 3u, last) * sizes.rank + r]) * sizes.scaling;
}

/// Four columns of A at one rank; backward only.
fn loraA(column4: u32, r: u32) -> vec4f {
  let i = r * sizes.inputs + 4u * column4;
  return vec4f(ab[i], ab[i + 1u], ab[i + 2u], ab[i + 3u]) * sizes.scaling;
}

fn store(row: u32, column4: u32, width4: u32, value: vec4f) {
  if (row >= tokenCount() || column4 >= width4) { return; }
  let i = row * width4 + column4;
  if (sizes.add == 1u) { result[i] = value + addend[i]; } else { result[i] = value; }
}
