// Causal grouped-query attention over packed segments. A lane takes ROWS neighboring queries of one head (forward, dq) or ROWS
// neighboring keys of one key head (dk, dv) and keeps them in registers, so that each key and value it loads serves all of them.
// No barriers, and no [tokens, tokens] matrix: the softmax runs online (Milakov & Gimelshein 2018; Dao 2022), with the maximum m and
// the sum l of what was seen; when m grows, l and the output o so far are scaled by alpha = exp(m − mNew).
//   s_tj = q_t·k_j · SCALE  for j of the same segment, j ≤ t;   p_tj = exp(s_tj − lse_t);   y_t = Σ_j p_tj·v_j
//   dv_j = Σ_t p_tj·dy_t;   ds_tj = p_tj·(dp_tj − δ_t)·SCALE  with dp_tj = dy_t·v_j, δ_t = dy_t·y_t;   dq_t = Σ_j ds_tj·k_j;   dk_j = Σ_t ds_tj·q_t
// Key head h serves the query heads h·GROUP … h·GROUP + GROUP − 1. Outputs are written, not added. ROWS and FOURS (a lane's part
// of a head, in fours) are unrolled by the loader. Rows of one lane may lie in different segments: what is not a row's own counts as zero.
// SPLIT lanes share the width of a head; `joined` sums over them.

const FOURS_A_HEAD = $FOURSu * SPLIT;

override HEADS: u32;        // query heads
override GROUP: u32;        // query heads a key head
override SCALE: f32;
override HEADS_INNER: bool; // neighboring lanes take the heads of the same tokens, else tokens of the same head

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
  //#each r ROWS
  let t$r = min(at.x + $ru, end - 1u);
  let start$r = startOf(t$r);
  let own$r = partOf(t$r, at.y, HEADS, lane);
  var m$r = -1e30;
  var l$r = 0.0;
  //#each i FOURS
  let q$r_$i = q[own$r + $iu] * SCALE;
  var o$r_$i = vec4f(0.0);
  //#end
  //#end
  let first = partOf(0u, at.y / GROUP, HEADS / GROUP, lane);
  for (var j = start0; j < end; j++) {
    let key = first + j * (HEADS / GROUP * FOURS_A_HEAD);
    //#each r ROWS
    var qk$r = 0.0;
    //#end
    //#each i FOURS
    let k$i = k[key + $iu];
    //#each r ROWS
    qk$r += dot(q$r_$i, k$i);
    //#end
    //#end
    //#each r ROWS
    let s$r = joined(qk$r);
    let visible$r = j >= start$r && j <= t$r;
    let mNew$r = select(m$r, max(m$r, s$r), visible$r);
    let alpha$r = exp(m$r - mNew$r);
    let p$r = select(0.0, exp(s$r - mNew$r), visible$r);
    l$r = l$r * alpha$r + p$r;
    m$r = mNew$r;
    //#end
    //#each i FOURS
    let v$i = v[key + $iu];
    //#each r ROWS
    o$r_$i = o$r_$i * alpha$r + p$r * v$i;
    //#end
    //#end
  }
  //#each r ROWS
  //#each i FOURS
  result[own$r + $iu] = o$r_$i / l$r;
  //#end
  lse[t$r * HEADS + at.y] = m$r + log(l$r);
  //#end
}

/// δ beside lse, for the two passes below. A lane takes one token and head.
@compute @workgroup_size(64)
fn attentionStats(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let at = laneNumber(group, groups, local);
  if (at >= tokenCount() * HEADS) { return; }
  var delta = 0.0;
  for (var i = at * FOURS_A_HEAD; i < (at + 1u) * FOURS_A_HEAD; i++) { delta += dot(dy[i], y[i]); }
  stats[at] = vec2f(lse[at], delta);
}

/// dq.
@compute @workgroup_size(64)
fn attentionQueries(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let lane = laneNumber(group, groups, local);
  let at = place(lane / SPLIT, HEADS);
  if (at.x >= tokenCount()) { return; }
  let end = min(at.x + $ROWSu, tokenCount());
  //#each r ROWS
  let t$r = min(at.x + $ru, end - 1u);
  let start$r = startOf(t$r);
  let own$r = partOf(t$r, at.y, HEADS, lane);
  let stat$r = stats[t$r * HEADS + at.y]; // lse, δ
  //#each i FOURS
  let q$r_$i = q[own$r + $iu] * SCALE;
  let dy$r_$i = dy[own$r + $iu];
  var dq$r_$i = vec4f(0.0);
  //#end
  //#end
  let first = partOf(0u, at.y / GROUP, HEADS / GROUP, lane);
  for (var j = start0; j < end; j++) {
    let key = first + j * (HEADS / GROUP * FOURS_A_HEAD);
    //#each r ROWS
    var qk$r = 0.0;
    var dp$r = 0.0;
    //#end
    //#each i FOURS
    let k$i = k[key + $iu];
    let v$i = v[key + $iu];
    //#each r ROWS
    qk$r += dot(q$r_$i, k$i);
    dp$r += dot(dy$r_$i, v$i);
    //#end
    //#end
    //#each r ROWS
    let visible$r = j >= start$r && j <= t$r;
    let ds$r = select(0.0, exp(joined(qk$r) - stat$r.x) * (joined(dp$r) - stat$r.y) * SCALE, visible$r);
    //#end
    //#each i FOURS
    //#each r ROWS
    dq$r_$i += ds$r * k$i;
    //#end
    //#end
  }
  //#each r ROWS
  //#each i FOURS
  result[own$r + $iu] = dq$r_$i;
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
  //#each r ROWS
  let j$r = min(at.x + $ru, last);
  let end$r = endOf(j$r);
  let own$r = partOf(j$r, at.y, HEADS / GROUP, lane);
  //#each i FOURS
  let k$r_$i = k[own$r + $iu] * SCALE;
  let v$r_$i = v[own$r + $iu];
  var dk$r_$i = vec4f(0.0);
  var dv$r_$i = vec4f(0.0);
  //#end
  //#end
  let end = endOf(last);
  for (var head = at.y * GROUP; head < (at.y + 1u) * GROUP; head++) {
    for (var t = at.x; t < end; t++) {
      let origin = partOf(t, head, HEADS, lane);
      let stat = stats[t * HEADS + head]; // lse, δ
      //#each r ROWS
      var qk$r = 0.0;
      var dp$r = 0.0;
      //#end
      //#each i FOURS
      let q$i = q[origin + $iu];
      let dy$i = dy[origin + $iu];
      //#each r ROWS
      qk$r += dot(q$i, k$r_$i);
      dp$r += dot(dy$i, v$r_$i);
      //#end
      //#end
      //#each r ROWS
      let p$r = select(0.0, exp(joined(qk$r) - stat.x), t >= j$r && t < end$r);
      let ds$r = p$r * (joined(dp$r) - stat.y) * SCALE;
      //#end
      //#each i FOURS
      //#each r ROWS
      dk$r_$i += ds$r * q$i;
      dv$r_$i += p$r * dy$i;
      //#end
      //#end
    }
  }
  //#each r ROWS
  //#each i FOURS
  result[own$r + $iu] = dk$r_$i;
  second[own$r + $iu] = dv$r_$i;
  //#end
  //#end
}
