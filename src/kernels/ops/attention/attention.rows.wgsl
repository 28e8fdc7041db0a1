// Attention by rows: a lane takes ROWS neighboring queries of one head (forward, dq) or ROWS neighboring keys of one key head (dk, dv)
// and keeps them in registers, so that each key and value it loads serves all of them. No barriers. ROWS and FOURS (a lane's part
// of a head, in fours) are unrolled by the loader. Rows of one lane may lie in different segments: what is not a row's own counts as zero.
// SPLIT lanes share the width of a head; `joined` sums over them.

override HEADS_INNER: bool; // neighboring lanes take the heads of the same tokens, else tokens of the same head

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
