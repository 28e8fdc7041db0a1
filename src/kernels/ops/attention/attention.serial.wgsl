// Causal grouped-query attention over packed segments, one lane a query (forward, dq) or a key (dk, dv). No barriers, and no
// [tokens, tokens] matrix: the softmax runs online (Milakov & Gimelshein 2018; Dao 2022).
//   s_tj = q_t·k_j · SCALE  for j of the same segment, j ≤ t;   p_tj = exp(s_tj − lse_t);   y_t = Σ_j p_tj·v_j
//   dv_j = Σ_t p_tj·dy_t;   ds_tj = p_tj·(dy_t·v_j − δ_t)·SCALE  with δ_t = dy_t·y_t;   dq_t = Σ_j ds_tj·k_j;   dk_j = Σ_t ds_tj·q_t
// Key head h serves the query heads h·GROUP … h·GROUP + GROUP − 1. Outputs are written, not added.

override QUARTER: u32 = 8u; // headDim / 4
override HEADS: u32;        // query heads
override GROUP: u32;        // query heads a key head
override SCALE: f32;

const LARGEST = 32u; // headDim ≤ 128

@group(0) @binding(1) var<storage, read> q: array<vec4f>;              // [tokens, HEADS · headDim]
@group(0) @binding(2) var<storage, read> k: array<vec4f>;              // [tokens, HEADS / GROUP · headDim]
@group(0) @binding(3) var<storage, read> v: array<vec4f>;              // as k
@group(0) @binding(4) var<storage, read_write> lse: array<f32>;        // [tokens, HEADS]
@group(0) @binding(5) var<storage, read_write> result: array<vec4f>;   // y, or dq, or dk
@group(0) @binding(6) var<storage, read> dy: array<vec4f>;             // as q
@group(0) @binding(7) var<storage, read> y: array<vec4f>;              // as q
@group(0) @binding(8) var<storage, read_write> stats: array<vec2f>;    // [tokens, HEADS]: lse, δ
@group(0) @binding(9) var<storage, read_write> second: array<vec4f>;   // dv

@compute @workgroup_size(64)
fn attention(@builtin(global_invocation_id) id: vec3u) {
  let token = id.x;
  let head = id.y;
  if (token >= tokenCount()) { return; }
  let own = (token * HEADS + head) * QUARTER;
  let keyWidth = HEADS / GROUP * QUARTER;
  let keyHead = head / GROUP * QUARTER;
  var query: array<vec4f, LARGEST>;
  var sum: array<vec4f, LARGEST>;
  for (var i = 0u; i < QUARTER; i++) {
    query[i] = q[own + i] * SCALE;
    sum[i] = vec4f(0.0);
  }
  var top = -1e30;
  var mass = 0.0;
  for (var j = startOf(token); j <= token; j++) {
    let key = j * keyWidth + keyHead;
    var score = 0.0;
    for (var i = 0u; i < QUARTER; i++) { score += dot(query[i], k[key + i]); }
    let next = max(top, score);
    let fade = exp(top - next);
    let p = exp(score - next);
    for (var i = 0u; i < QUARTER; i++) { sum[i] = sum[i] * fade + p * v[key + i]; }
    mass = mass * fade + p;
    top = next;
  }
  for (var i = 0u; i < QUARTER; i++) { result[own + i] = sum[i] / mass; }
  lse[token * HEADS + head] = top + log(mass);
}

/// δ beside lse, for the two passes below.
@compute @workgroup_size(64)
fn attentionStats(@builtin(global_invocation_id) id: vec3u) {
  let token = id.x;
  let head = id.y;
  if (token >= tokenCount()) { return; }
  let own = (token * HEADS + head) * QUARTER;
  var along = 0.0;
  for (var i = 0u; i < QUARTER; i++) { along += dot(dy[own + i], y[own + i]); }
  stats[token * HEADS + head] = vec2f(lse[token * HEADS + head], along);
}

/// dq.
@compute @workgroup_size(64)
fn attentionQueries(@builtin(global_invocation_id) id: vec3u) {
  let token = id.x;
  let head = id.y;
  if (token >= tokenCount()) { return; }
  let own = (token * HEADS + head) * QUARTER;
  let keyWidth = HEADS / GROUP * QUARTER;
  let keyHead = head / GROUP * QUARTER;
  var query: array<vec4f, LARGEST>;
  var upstream: array<vec4f, LARGEST>;
  var sum: array<vec4f, LARGEST>;
  for (var i = 0u; i < QUARTER; i++) {
    query[i] = q[own + i] * SCALE;
    upstream[i] = dy[own + i];
    sum[i] = vec4f(0.0);
  }
  let stat = stats[token * HEADS + head];
  for (var j = startOf(token); j <= token; j++) {
    let key = j * keyWidth + keyHead;
    var score = 0.0;
    var reward = 0.0;
    for (var i = 0u; i < QUARTER; i++) {
      score += dot(query[i], k[key + i]);
      reward += dot(upstream[i], v[key + i]);
    }
    let ds = exp(score - stat.x) * (reward - stat.y) * SCALE;
    for (var i = 0u; i < QUARTER; i++) { sum[i] += ds * k[key + i]; }
  }
  for (var i = 0u; i < QUARTER; i++) { result[own + i] = sum[i]; }
}

/// dk and dv.
@compute @workgroup_size(64)
fn attentionKeys(@builtin(global_invocation_id) id: vec3u) {
  let token = id.x;
  let keyHead = id.y;
  if (token >= tokenCount()) { return; }
  let own = (token * (HEADS / GROUP) + keyHead) * QUARTER;
  var key: array<vec4f, LARGEST>;
  var value: array<vec4f, LARGEST>;
  var dkey: array<vec4f, LARGEST>;
  var dvalue: array<vec4f, LARGEST>;
  for (var i = 0u; i < QUARTER; i++) {
    key[i] = k[own + i] * SCALE;
    value[i] = v[own + i];
    dkey[i] = vec4f(0.0);
    dvalue[i] = vec4f(0.0);
  }
  let end = endOf(token);
  for (var head = keyHead * GROUP; head < (keyHead + 1u) * GROUP; head++) {
    for (var t = token; t < end; t++) {
      let origin = (t * HEADS + head) * QUARTER;
      var score = 0.0;
      var reward = 0.0;
      for (var i = 0u; i < QUARTER; i++) {
        score += dot(q[origin + i], key[i]);
        reward += dot(dy[origin + i], value[i]);
      }
      let stat = stats[t * HEADS + head];
      let p = exp(score - stat.x);
      let ds = p * (reward - stat.y) * SCALE;
      for (var i = 0u; i < QUARTER; i++) {
        dkey[i] += ds * q[origin + i];
        dvalue[i] += p * dy[origin + i];
      }
    }
  }
  for (var i = 0u; i < QUARTER; i++) {
    result[own + i] = dkey[i];
    second[own + i] = dvalue[i];
  }
}
