// Causal grouped-query attention over packed segments. A lane takes ROWS neighbouring queries of one head (forward, dq) or ROWS
// neighbouring keys of one key head (dk, dv) and keeps them in registers, so that each key and value it loads serves all of them.
// No barriers, and no [tokens, tokens] matrix: the softmax runs online (Milakov & Gimelshein 2018; Dao 2022).
//   s_tj = q_t·k_j · SCALE  for j of the same segment, j ≤ t;   p_tj = exp(s_tj − lse_t);   y_t = Σ_j p_tj·v_j
//   dv_j = Σ_t p_tj·dy_t;   ds_tj = p_tj·(dy_t·v_j − δ_t)·SCALE  with δ_t = dy_t·y_t;   dq_t = Σ_j ds_tj·k_j;   dk_j = Σ_t ds_tj·q_t
// Key head h serves the query heads h·GROUP … h·GROUP + GROUP − 1. Outputs are written, not added. ROWS and FOURS (a lane's part
// of a head, in fours) are unrolled by the loader. Rows of one lane may lie in different segments: what is not a row's own counts as zero.
// SPLIT lanes share the width of a head; `joined` sums over them.

const FOURS_A_HEAD = $FOURSu * SPLIT;

override HEADS: u32;        // query heads
override GROUP: u32;        // query heads a key head
override SCALE: f32;
override HEADS_INNER: bool; // neighbouring lanes take the heads of the same tokens, else tokens of the same head

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

/// Where a lane's part of a head begins, in fours, in rows of `heads` heads.
fn partOf(token: u32, head: u32, heads: u32, lane: u32) -> u32 {
  return (token * heads + head) * FOURS_A_HEAD + lane % SPLIT * $FOURSu;
}

/// The first token and the head of an item, of `heads` heads; the token lies beyond the batch where there is nothing to do.
fn place(item: u32, heads: u32) -> vec2u {
  let blocks = (tokenCount() + $ROWSu - 1u) / $ROWSu;
  if (HEADS_INNER) { return vec2u(item / heads * $ROWSu, item % heads); }
  return vec2u(select(tokenCount(), item % blocks * $ROWSu, item < blocks * heads), item / blocks);
}

@compute @workgroup_size(64)
fn attention(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let lane = laneNumber(group, groups, local);
  let at = place(lane / SPLIT, HEADS);
  if (at.x >= tokenCount()) { return; }
  let end = min(at.x + $ROWSu, tokenCount());
  //#each m ROWS
  let t$m = min(at.x + $mu, end - 1u);
  let start$m = startOf(t$m);
  let own$m = partOf(t$m, at.y, HEADS, lane);
  var top$m = -1e30;
  var mass$m = 0.0;
  //#each i FOURS
  let q$m_$i = q[own$m + $iu] * SCALE;
  var a$m_$i = vec4f(0.0);
  //#end
  //#end
  let first = partOf(0u, at.y / GROUP, HEADS / GROUP, lane);
  for (var j = start0; j < end; j++) {
    let key = first + j * (HEADS / GROUP * FOURS_A_HEAD);
    //#each m ROWS
    var score$m = 0.0;
    //#end
    //#each i FOURS
    let k$i = k[key + $iu];
    //#each m ROWS
    score$m += dot(q$m_$i, k$i);
    //#end
    //#end
    //#each m ROWS
    let s$m = joined(score$m);
    let visible$m = j >= start$m && j <= t$m;
    let next$m = select(top$m, max(top$m, s$m), visible$m);
    let fade$m = exp(top$m - next$m);
    let p$m = select(0.0, exp(s$m - next$m), visible$m);
    mass$m = mass$m * fade$m + p$m;
    top$m = next$m;
    //#end
    //#each i FOURS
    let v$i = v[key + $iu];
    //#each m ROWS
    a$m_$i = a$m_$i * fade$m + p$m * v$i;
    //#end
    //#end
  }
  //#each m ROWS
  //#each i FOURS
  result[own$m + $iu] = a$m_$i / mass$m;
  //#end
  lse[t$m * HEADS + at.y] = top$m + log(mass$m);
  //#end
}

/// δ beside lse, for the two passes below. A lane takes one token and head.
@compute @workgroup_size(64)
fn attentionStats(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let at = laneNumber(group, groups, local);
  if (at >= tokenCount() * HEADS) { return; }
  var along = 0.0;
  for (var i = at * FOURS_A_HEAD; i < (at + 1u) * FOURS_A_HEAD; i++) { along += dot(dy[i], y[i]); }
  stats[at] = vec2f(lse[at], along);
}

/// dq.
@compute @workgroup_size(64)
fn attentionQueries(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let lane = laneNumber(group, groups, local);
  let at = place(lane / SPLIT, HEADS);
  if (at.x >= tokenCount()) { return; }
  let end = min(at.x + $ROWSu, tokenCount());
  //#each m ROWS
  let t$m = min(at.x + $mu, end - 1u);
  let start$m = startOf(t$m);
  let own$m = partOf(t$m, at.y, HEADS, lane);
  let stat$m = stats[t$m * HEADS + at.y];
  //#each i FOURS
  let q$m_$i = q[own$m + $iu] * SCALE;
  let d$m_$i = dy[own$m + $iu];
  var a$m_$i = vec4f(0.0);
  //#end
  //#end
  let first = partOf(0u, at.y / GROUP, HEADS / GROUP, lane);
  for (var j = start0; j < end; j++) {
    let key = first + j * (HEADS / GROUP * FOURS_A_HEAD);
    //#each m ROWS
    var score$m = 0.0;
    var reward$m = 0.0;
    //#end
    //#each i FOURS
    let k$i = k[key + $iu];
    let v$i = v[key + $iu];
    //#each m ROWS
    score$m += dot(q$m_$i, k$i);
    reward$m += dot(d$m_$i, v$i);
    //#end
    //#end
    //#each m ROWS
    let visible$m = j >= start$m && j <= t$m;
    let ds$m = select(0.0, exp(joined(score$m) - stat$m.x) * (joined(reward$m) - stat$m.y) * SCALE, visible$m);
    //#end
    //#each i FOURS
    //#each m ROWS
    a$m_$i += ds$m * k$i;
    //#end
    //#end
  }
  //#each m ROWS
  //#each i FOURS
  result[own$m + $iu] = a$m_$i;
  //#end
  //#end
}

/// dk and dv.
@compute @workgroup_size(64)
fn attentionKeys(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let lane = laneNumber(group, groups, local);
  let at = place(lane / SPLIT, HEADS / GROUP);
  if (at.x >= tokenCount()) { return; }
  let last = min(at.x + $ROWSu, tokenCount()) - 1u;
  //#each m ROWS
  let j$m = min(at.x + $mu, last);
  let end$m = endOf(j$m);
  let own$m = partOf(j$m, at.y, HEADS / GROUP, lane);
  //#each i FOURS
  let k$m_$i = k[own$m + $iu] * SCALE;
  let v$m_$i = v[own$m + $iu];
  var a$m_$i = vec4f(0.0);
  var b$m_$i = vec4f(0.0);
  //#end
  //#end
  let end = endOf(last);
  for (var head = at.y * GROUP; head < (at.y + 1u) * GROUP; head++) {
    for (var t = at.x; t < end; t++) {
      let origin = partOf(t, head, HEADS, lane);
      let stat = stats[t * HEADS + head];
      //#each m ROWS
      var score$m = 0.0;
      var reward$m = 0.0;
      //#end
      //#each i FOURS
      let q$i = q[origin + $iu];
      let d$i = dy[origin + $iu];
      //#each m ROWS
      score$m += dot(q$i, k$m_$i);
      reward$m += dot(d$i, v$m_$i);
      //#end
      //#end
      //#each m ROWS
      let p$m = select(0.0, exp(joined(score$m) - stat.x), t >= j$m && t < end$m);
      let ds$m = p$m * (joined(reward$m) - stat.y) * SCALE;
      //#end
      //#each i FOURS
      //#each m ROWS
      a$m_$i += ds$m * q$i;
      b$m_$i += p$m * d$i;
      //#end
      //#end
    }
  }
  //#each m ROWS
  //#each i FOURS
  result[own$m + $iu] = a$m_$i;
  second[own$m + $iu] = b$m_$i;
  //#end
  //#end
}
