// The small products of LoRA for GPUs. SPLIT lanes share the inner dimension of one small tile, so that even a narrow result keeps
// the device busy: 4×4 for loraNarrow, 8×4 for loraGradient.
//   loraNarrow    z  = x·Aᵀ, or dz = dy·B              [tokens, RANK]
//   loraGradient  G += SCALING·(wide ⊗ narrow) over tokens: dA with wide = x, narrow = dz;  dB with wide = dy, narrow = z
// The gradients are added to the store, z and dz are written.

struct Sizes {
  wide: u32,         // IN or OUT, a multiple of 4
  rank: u32,
  wideStride: u32,   // between the elements of A, B or G for neighboring columns of wide
  rankStride: u32,   // and for neighboring ranks
  scaling: f32,
}

@group(0) @binding(1) var<storage, read> wide: array<vec4f>;            // x, or dy [tokens, wide]
@group(0) @binding(2) var<storage, read> ab: array<f32>;                // A [RANK, IN], or B [OUT, RANK]
@group(0) @binding(3) var<storage, read_write> result: array<f32>;      // z, or dz, or G
@group(0) @binding(4) var<storage, read> narrow: array<f32>;            // dz, or z [tokens, RANK]
@group(0) @binding(5) var<uniform> sizes: Sizes;

const SPLIT = 16u;
var<workgroup> parts: array<vec4f, 64>;

/// The sum over the lanes that share a tile.
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

fn write(row: u32, column: u32, value: vec4f) {
  if (row >= tokenCount()) { return; }
  for (var i = 0u; i < min(4u, sizes.rank - column); i++) { result[row * sizes.rank + column + i] = value[i]; }
}

fn accumulate(column: u32, r: u32, value: vec4f) {
  for (var i = 0u; i < min(4u, sizes.rank - r); i++) {
    result[column * sizes.wideStride + (r + i) * sizes.rankStride] += value[i] * sizes.scaling;
  }
}

@compute @workgroup_size(64)
fn loraNarrow(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let tiles = (sizes.rank + 3u) / 4u;
  let tile = (group.y * groups.x + group.x) * (64u / SPLIT) + lane / SPLIT;
  let row = tile / tiles * 4u;
  let column = tile % tiles * 4u;
  let last = tokenCount() - 1u;
  //#each n 4
  let wideAt$n = min(row + $nu, last) * (sizes.wide / 4u);
  let rankAt$n = min(column + $nu, sizes.rank - 1u) * sizes.rankStride;
  var z$n = vec4f(0.0);
  //#end
  for (var i = lane % SPLIT; i < sizes.wide / 4u; i += SPLIT) {
    //#each j 4
    let at$j = (4u * i + $ju) * sizes.wideStride;
    let factor$j = vec4f(ab[at$j + rankAt0], ab[at$j + rankAt1], ab[at$j + rankAt2], ab[at$j + rankAt3]);
    //#end
    //#each m 4
    let wide$m = wide[wideAt$m + i];
    z$m += wide$m.x * factor0 + wide$m.y * factor1 + wide$m.z * factor2 + wide$m.w * factor3;
    //#end
  }
  //#each m 4
  let sum$m = gather(z$m, lane);
  //#end
  if (lane % SPLIT != 0u) { return; }
  //#each m 4
  write(row + $mu, column, sum$m);
  //#end
}

@compute @workgroup_size(64)
fn loraGradient(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let width = sizes.wide / 4u;
  let tiles = (sizes.rank + 3u) / 4u;
  let tile = (group.y * groups.x + group.x) * (64u / SPLIT) + lane / SPLIT;
  let column = tile / tiles * 2u; // in fours
  let r = tile % tiles * 4u;
  //#each c 2
  let wideAt$c = min(column + $cu, width - 1u);
  //#each e 4
  var g$c_$e = vec4f(0.0);
  //#end
  //#end
  //#each k 4
  let rankAt$k = min(r + $ku, sizes.rank - 1u);
  //#end
  for (var t = lane % SPLIT; t < tokenCount(); t += SPLIT) {
    let start = t * sizes.rank;
    let narrow4 = vec4f(narrow[start + rankAt0], narrow[start + rankAt1], narrow[start + rankAt2], narrow[start + rankAt3]);
    //#each c 2
    let wide$c = wide[t * width + wideAt$c];
    //#each e 4
    g$c_$e += wide$c[$e] * narrow4;
    //#end
    //#end
  }
  //#each c 2
  //#each e 4
  let sum$c_$e = gather(g$c_$e, lane);
  //#end
  //#end
  if (lane % SPLIT != 0u) { return; }
  //#each c 2
  if (column + $cu < width) {
    //#each e 4
    accumulate(4u * (column + $cu) + $eu, r, sum$c_$e);
    //#end
  }
  //#end
}
