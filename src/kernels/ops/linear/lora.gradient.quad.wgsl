// The gradients of A and B, for adapters whose subgroups are exactly four lanes: G += SCALING·(wide ⊗ narrow), summed over tokens.
//   dA [RANK, IN]  = dzᵀ·x   wide = x,  narrow = dz
//   dB [OUT, RANK] = dyᵀ·z   wide = dy, narrow = z
// A subgroup takes 32 columns of wide and 16 of narrow: each lane two fours of its own of wide, and a four of narrow that it
// broadcasts. Nothing returns early, so that all four lanes take part in every broadcast.

struct Sizes {
  wide: u32,       // a multiple of 4
  narrow: u32,
  wideStride: u32, // between the elements of G for neighboring columns of wide
  narrowStride: u32,
  scaling: f32,
}

@group(0) @binding(1) var<storage, read> wide: array<vec4f>;        // [tokens, wide]
@group(0) @binding(2) var<storage, read> narrow: array<f32>;        // [tokens, narrow]
@group(0) @binding(3) var<storage, read_write> gradient: array<f32>;
@group(0) @binding(4) var<uniform> sizes: Sizes;

fn accumulate(column: u32, row: u32, value: vec4f) {
  if (column >= sizes.wide || row >= sizes.narrow) { return; }
  let at = column * sizes.wideStride + row * sizes.narrowStride;
  for (var i = 0u; i < 4u; i++) { gradient[at + i * sizes.wideStride] += value[i] * sizes.scaling; }
}

@compute @workgroup_size(4)
fn loraGradient(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let width = sizes.wide / 4u;
  let tiles = (sizes.narrow + 15u) / 16u;
  let tile = group.y * groups.x + group.x;
  let column = (tile / tiles * 4u + lane) * 2u; // in fours
  let row = tile % tiles * 16u;
  let last = tokenCount() - 1u;
  let own = row + 4u * lane;
  //#each k 4
  let narrowAt$k = min(own + $ku, sizes.narrow - 1u);
  //#end
  //#each c 2
  let wideAt$c = min(column + $cu, width - 1u);
  //#each n 4
  //#each k 4
  var g$c_$n_$k = vec4f(0.0);
  //#end
  //#end
  //#end
  for (var t = 0u; t <= last; t += 4u) {
    //#each u 4
    let t$u = min(t + $uu, last);
    let from$u = t$u * sizes.narrow;
    let part$u = vec4f(narrow[from$u + narrowAt0], narrow[from$u + narrowAt1], narrow[from$u + narrowAt2], narrow[from$u + narrowAt3]) * select(0.0, 1.0, t + $uu <= last);
    //#each c 2
    let wide$u_$c = wide[t$u * width + wideAt$c];
    //#end
    //#each n 4
    let narrow$u_$n = subgroupBroadcast(part$u, $nu);
    //#each c 2
    g$c_$n_0 += narrow$u_$n.x * wide$u_$c;
    g$c_$n_1 += narrow$u_$n.y * wide$u_$c;
    g$c_$n_2 += narrow$u_$n.z * wide$u_$c;
    g$c_$n_3 += narrow$u_$n.w * wide$u_$c;
    //#end
    //#end
    //#end
  }
  //#each c 2
  //#each n 4
  //#each k 4
  accumulate(4u * (column + $cu), row + 4u * $nu + $ku, g$c_$n_$k);
  //#end
  //#end
  //#end
}
