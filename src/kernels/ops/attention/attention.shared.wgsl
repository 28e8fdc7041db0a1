// Causal grouped-query attention over packed segments: what every form shares. No [tokens, tokens] matrix and no atomics: the softmax
// runs online (Milakov & Gimelshein 2018; Dao 2022), with the maximum m and the sum l of what was seen; when m grows, l and the output
// o so far are scaled by alpha = exp(m − mNew).
//   s_tj = q_t·k_j · SCALE  for j of the same segment, j ≤ t;   p_tj = exp(s_tj − lse_t);   y_t = Σ_j p_tj·v_j
//   dv_j = Σ_t p_tj·dy_t;   ds_tj = p_tj·(dp_tj − δ_t)·SCALE  with dp_tj = dy_t·v_j, δ_t = dy_t·y_t;   dq_t = Σ_j ds_tj·k_j;   dk_j = Σ_t ds_tj·q_t
// Key head h serves the query heads h·GROUP … h·GROUP + GROUP − 1. Outputs are written, not added.

const FOURS_A_HEAD = $HEADu;

override HEADS: u32; // query heads
override GROUP: u32; // query heads a key head
override SCALE: f32;

@group(0) @binding(1) var<storage, read> q: array<vec4f>;              // [tokens, HEADS · headDim]
@group(0) @binding(2) var<storage, read> k: array<vec4f>;              // [tokens, HEADS / GROUP · headDim]
@group(0) @binding(3) var<storage, read> v: array<vec4f>;              // as k
@group(0) @binding(4) var<storage, read_write> lse: array<f32>;        // [tokens, HEADS]
@group(0) @binding(5) var<storage, read_write> result: array<vec4f>;   // y, or dq, or dk
@group(0) @binding(6) var<storage, read> dy: array<vec4f>;             // as q
@group(0) @binding(7) var<storage, read> y: array<vec4f>;              // as q
@group(0) @binding(8) var<storage, read_write> stats: array<vec2f>;    // [tokens, HEADS]: lse, δ
@group(0) @binding(9) var<storage, read_write> second: array<vec4f>;   // dv

fn laneNumber(group: vec3u, groups: vec3u, local: u32) -> u32 { return (group.y * groups.x + group.x) * 64u + local; }

/// δ beside lse, for the two passes after it. A lane takes one token and head.
@compute @workgroup_size(64)
fn attentionStats(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let at = laneNumber(group, groups, local);
  if (at >= tokenCount() * HEADS) { return; }
  var delta = 0.0;
  for (var i = at * FOURS_A_HEAD; i < (at + 1u) * FOURS_A_HEAD; i++) { delta += dot(dy[i], y[i]); }
  stats[at] = vec2f(lse[at], delta);
}
