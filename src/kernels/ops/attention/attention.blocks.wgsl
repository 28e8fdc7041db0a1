// Attention by blocks, for graphics cards (FlashAttention-2: Dao 2023). A row is a token of one query head; those of a key head are
// counted token by token, GROUP of them each. A workgroup takes 64 rows (forward, dq), or 32 keys (dk, dv), of one key head and goes
// through what they see in tiles of 64 rows × 32 keys:
//   1. Products of the tile (q·k, and dy·v backward): both sides come into shared memory, 8 fours of the width at a time. Eight lanes
//      share two rows; a lane has four neighboring keys of them.
//   2. Weights from them (p, or ds), which go to shared memory, [row][four keys].
//   3. Sums of weighted rows (v for y, k for dq, dy for dv, q for dk), which come into shared memory a slice at a time. Each lane holds
//      its own part of the workgroup's result in registers: no lane has more of a row than the eighth.
// A tile may touch several segments: what a row must not see has weight zero, and a lane whose rows see nothing of a tile, or of a
// part of it, skips it. Barriers stand outside of such branches. The width of a head is a multiple of 32; $COLUMNS is a 32nd of it.

const LANES = 256u;
const ROWS = 64u;
const KEYS = 32u;
const STEP = 8u;               // fours of the width at a time
const PITCH = STEP + 1u;       // so that neighboring lanes read from other banks
const KEYS_AT = ROWS * PITCH;  // in `pool`, during 1
const SLICE_AT = ROWS * KEYS / 4u; // in `pool`, behind the weights, during 3
const SLICE = 512u / FOURS_A_HEAD / 4u * 4u; // rows or keys of a slice
const COLUMNS = $COLUMNSu;     // fours of each of its rows that a lane has of y or dq
const UNSEEN = -1e30;

var<workgroup> pool: array<vec4f, 1024>;

/// Which of [tokens, HEADS] a row of a key head is.
fn placeOf(row: u32, head: u32) -> u32 { return row / GROUP * HEADS + head * GROUP + row % GROUP; }
/// Which of [tokens, HEADS / GROUP] a key of a key head is.
fn keyPlace(key: u32, head: u32) -> u32 { return key * (HEADS / GROUP) + head; }

/// Where a tile begins; rows and keys after the last ones stand for those, and are masked or not stored.
struct Tile {
  row: u32,
  lastRow: u32,
  key: u32,
  lastKey: u32,
  head: u32,
}

/// Where a lane finds its part of one row of q or dy for `pool`, and of one key of k or v.
fn rowPart(tile: Tile, i: u32) -> u32 { return placeOf(min(tile.row + i / STEP, tile.lastRow), tile.head) * FOURS_A_HEAD + i % STEP; }
fn keyPart(tile: Tile, lane: u32) -> u32 { return keyPlace(min(tile.key + lane / STEP, tile.lastKey), tile.head) * FOURS_A_HEAD + lane % STEP; }
/// And where it puts them. Keys lie so that the first of each four come first: lanes read those of neighboring fours together.
fn rowSlot(i: u32) -> u32 { return i / STEP * PITCH + i % STEP; }
fn keySlot(lane: u32) -> u32 { return KEYS_AT + (lane / STEP % 4u * 8u + lane / STEP / 4u) * PITCH + lane % STEP; }

/// Adds the products of two rows with four keys over the part of the width that is there.
fn multiply(sums: ptr<function, array<vec4f, 2>>, lane: u32) {
  let rowAt = lane / 8u * 2u * PITCH;
  let keyAt = KEYS_AT + lane % 8u * PITCH;
  for (var i = 0u; i < STEP; i++) {
    //#each n 4
    let k$n = pool[keyAt + $nu * 8u * PITCH + i];
    //#end
    //#each r 2
    let x$r = pool[rowAt + $ru * PITCH + i];
    (*sums)[$r] += vec4f(dot(x$r, k0), dot(x$r, k1), dot(x$r, k2), dot(x$r, k3));
    //#end
  }
}

/// q·k of a lane's two rows with its four keys, where it has use for them.
fn scores(tile: Tile, lane: u32, seen: bool) -> array<vec4f, 2> {
  var sums: array<vec4f, 2>;
  for (var start = 0u; start < FOURS_A_HEAD; start += STEP) {
    pool[rowSlot(lane)] = q[rowPart(tile, lane) + start];
    pool[rowSlot(lane + LANES)] = q[rowPart(tile, lane + LANES) + start];
    pool[keySlot(lane)] = k[keyPart(tile, lane) + start];
    workgroupBarrier();
    if (seen) { multiply(&sums, lane); }
    workgroupBarrier();
  }
  return sums;
}

/// dp = dy·v, likewise.
fn upstream(tile: Tile, lane: u32, seen: bool) -> array<vec4f, 2> {
  var sums: array<vec4f, 2>;
  for (var start = 0u; start < FOURS_A_HEAD; start += STEP) {
    pool[rowSlot(lane)] = dy[rowPart(tile, lane) + start];
    pool[rowSlot(lane + LANES)] = dy[rowPart(tile, lane + LANES) + start];
    pool[keySlot(lane)] = v[keyPart(tile, lane) + start];
    workgroupBarrier();
    if (seen) { multiply(&sums, lane); }
    workgroupBarrier();
  }
  return sums;
}

/// Puts a lane's weights where `gather` and `scatter` read them.
fn weigh(weights: array<vec4f, 2>, lane: u32) {
  pool[lane / 8u * 16u + lane % 8u] = weights[0];
  pool[lane / 8u * 16u + 8u + lane % 8u] = weights[1];
}

/// For a lane's two rows: adds the weighted keys or values of the slice, of those of the tile's keys in [first, end).
fn gather(sums: ptr<function, array<vec4f, 2u * COLUMNS>>, slice: u32, first: u32, end: u32, lane: u32) {
  for (var key = max(first, slice) / 4u * 4u; key < min(end, min(slice + SLICE, KEYS)); key += 4u) {
    let w0 = pool[lane / 8u * 16u + key / 4u];
    let w1 = pool[lane / 8u * 16u + 8u + key / 4u];
    let at = SLICE_AT + (key - slice) * FOURS_A_HEAD + lane % 8u;
    //#each n 4
    //#each c COLUMNS
    let x$n_$c = pool[at + $nu * FOURS_A_HEAD + 8u * $cu];
    (*sums)[$c] += w0[$n] * x$n_$c;
    (*sums)[COLUMNS + $cu] += w1[$n] * x$n_$c;
    //#end
    //#end
  }
}

/// For the `four`th four of keys and one four of their columns: adds the weighted rows of the slice, of those of the tile's in [first, end).
fn scatter(sums: ptr<function, array<vec4f, 4>>, slice: u32, first: u32, end: u32, four: u32, column: u32) {
  for (var row = max(first, slice); row < min(end, min(slice + SLICE, ROWS)); row++) {
    let w = pool[row * 8u + four];
    let x = pool[SLICE_AT + (row - slice) * FOURS_A_HEAD + column];
    //#each n 4
    (*sums)[$n] += w[$n] * x;
    //#end
  }
}

/// a − b, or 0 where that is less.
fn above(a: u32, b: u32) -> u32 { return max(a, b) - b; }
/// Which of four neighboring keys a row sees: those of its own segment up to itself.
fn visible(key: u32, token: u32) -> vec4<bool> {
  let keys = vec4u(key, key + 1u, key + 2u, key + 3u);
  return (keys >= vec4u(startOf(token))) & (keys <= vec4u(token));
}
fn largest(s: vec4f) -> f32 { return max(max(s.x, s.y), max(s.z, s.w)); }

@compute @workgroup_size(256)
fn attention(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let block = group.y * groups.x + group.x;
  let head = block % (HEADS / GROUP);
  let row = block / (HEADS / GROUP) * ROWS;
  if (row >= tokenCount() * GROUP) { return; }
  let lastRow = min(row + ROWS, tokenCount() * GROUP) - 1u;
  let lastKey = lastRow / GROUP;
  let own = row + lane / 8u * 2u;
  let t0 = min(own, lastRow) / GROUP;
  let t1 = min(own + 1u, lastRow) / GROUP;
  let first = startOf(t0);
  var m = vec2f(UNSEEN);
  var l = vec2f(0.0);
  var o: array<vec4f, 2u * COLUMNS>;
  for (var key = startOf(row / GROUP); key <= lastKey; key += KEYS) {
    let tile = Tile(row, lastRow, key, lastKey, head);
    let qk = scores(tile, lane, first < key + KEYS && key <= t1);
    let mine = key + lane % 8u * 4u;
    let visible0 = visible(mine, t0);
    let visible1 = visible(mine, t1);
    let s0 = select(vec4f(UNSEEN), qk[0] * SCALE, visible0);
    let s1 = select(vec4f(UNSEEN), qk[1] * SCALE, visible1);
    pool[SLICE_AT + lane] = vec4f(largest(s0), largest(s1), 0.0, 0.0);
    workgroupBarrier();
    var mNew = m;
    for (var i = 0u; i < 8u; i++) { mNew = max(mNew, pool[SLICE_AT + lane / 8u * 8u + i].xy); }
    let alpha = exp(m - mNew);
    let p0 = select(vec4f(0.0), exp(s0 - mNew.x), visible0);
    let p1 = select(vec4f(0.0), exp(s1 - mNew.y), visible1);
    l = l * alpha + vec2f(dot(p0, vec4f(1.0)), dot(p1, vec4f(1.0)));
    m = mNew;
    //#each c COLUMNS
    o[$c] *= alpha.x;
    o[COLUMNS + $cu] *= alpha.y;
    //#end
    weigh(array<vec4f, 2>(p0, p1), lane);
    workgroupBarrier();
    for (var slice = 0u; slice < min(KEYS, lastKey + 1u - key); slice += SLICE) {
      for (var i = lane; i < min(SLICE, KEYS - slice) * FOURS_A_HEAD; i += LANES) {
        pool[SLICE_AT + i] = v[keyPlace(min(key + slice + i / FOURS_A_HEAD, lastKey), head) * FOURS_A_HEAD + i % FOURS_A_HEAD];
      }
      workgroupBarrier();
      gather(&o, slice, above(first, key), above(t1 + 1u, key), lane);
      workgroupBarrier();
    }
  }
  pool[lane] = vec4f(l, 0.0, 0.0);
  workgroupBarrier();
  l = vec2f(0.0);
  for (var i = 0u; i < 8u; i++) { l += pool[lane / 8u * 8u + i].xy; }
  //#each r 2
  if (own + $ru <= lastRow) {
    let at$r = placeOf(own + $ru, head);
    if (lane % 8u == 0u) { lse[at$r] = m[$r] + log(l[$r]); }
    //#each c COLUMNS
    result[at$r * FOURS_A_HEAD + lane % 8u + 8u * $cu] = o[$ru * COLUMNS + $cu] / l[$r];
    //#end
  }
  //#end
}

/// dq.
@compute @workgroup_size(256)
fn attentionQueries(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let block = group.y * groups.x + group.x;
  let head = block % (HEADS / GROUP);
  let row = block / (HEADS / GROUP) * ROWS;
  if (row >= tokenCount() * GROUP) { return; }
  let lastRow = min(row + ROWS, tokenCount() * GROUP) - 1u;
  let lastKey = lastRow / GROUP;
  let own = row + lane / 8u * 2u;
  //#each r 2
  let t$r = min(own + $ru, lastRow) / GROUP;
  let stat$r = stats[placeOf(min(own + $ru, lastRow), head)]; // lse, δ
  //#end
  let first = startOf(t0);
  var dq: array<vec4f, 2u * COLUMNS>;
  for (var key = startOf(row / GROUP); key <= lastKey; key += KEYS) {
    let tile = Tile(row, lastRow, key, lastKey, head);
    let seen = first < key + KEYS && key <= t1;
    let qk = scores(tile, lane, seen);
    let dp = upstream(tile, lane, seen);
    //#each r 2
    let visible$r = visible(key + lane % 8u * 4u, t$r);
    let ds$r = select(vec4f(0.0), exp(qk[$r] * SCALE - stat$r.x) * (dp[$r] - stat$r.y) * SCALE, visible$r);
    //#end
    weigh(array<vec4f, 2>(ds0, ds1), lane);
    for (var slice = 0u; slice < min(KEYS, lastKey + 1u - key); slice += SLICE) {
      for (var i = lane; i < min(SLICE, KEYS - slice) * FOURS_A_HEAD; i += LANES) {
        pool[SLICE_AT + i] = k[keyPlace(min(key + slice + i / FOURS_A_HEAD, lastKey), head) * FOURS_A_HEAD + i % FOURS_A_HEAD];
      }
      workgroupBarrier();
      gather(&dq, slice, above(first, key), above(t1 + 1u, key), lane);
      workgroupBarrier();
    }
  }
  //#each r 2
  if (own + $ru <= lastRow) {
    //#each c COLUMNS
    result[placeOf(own + $ru, head) * FOURS_A_HEAD + lane % 8u + 8u * $cu] = dq[$ru * COLUMNS + $cu];
    //#end
  }
  //#end
}

/// dk and dv. In 3, a lane has one four of columns of four neighboring keys; lanes beyond the keys have nothing to add.
@compute @workgroup_size(256)
fn attentionKeys(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let block = group.y * groups.x + group.x;
  let head = block % (HEADS / GROUP);
  let key = block / (HEADS / GROUP) * KEYS;
  if (key >= tokenCount()) { return; }
  let lastKey = min(key + KEYS, tokenCount()) - 1u;
  let lastRow = endOf(lastKey) * GROUP - 1u; // that sees any of the keys
  let four = lane / FOURS_A_HEAD;
  let column = lane % FOURS_A_HEAD;
  let firstOfFour = key + four * 4u;
  let busy = four < KEYS / 4u && firstOfFour <= lastKey;
  // The rows that see any of the lane's four keys.
  let first = firstOfFour * GROUP;
  let end = select(0u, endOf(min(firstOfFour + 3u, lastKey)) * GROUP, busy);
  var dk: array<vec4f, 4>;
  var dv: array<vec4f, 4>;
  for (var row = key * GROUP; row <= lastRow; row += ROWS) {
    let tile = Tile(row, lastRow, key, lastKey, head);
    let own = row + lane / 8u * 2u;
    let qk = scores(tile, lane, own <= lastRow);
    let dp = upstream(tile, lane, own <= lastRow);
    //#each r 2
    let t$r = min(own + $ru, lastRow) / GROUP;
    let stat$r = stats[placeOf(min(own + $ru, lastRow), head)]; // lse, δ
    let visible$r = visible(key + lane % 8u * 4u, t$r) & vec4<bool>(own + $ru <= lastRow);
    let p$r = select(vec4f(0.0), exp(qk[$r] * SCALE - stat$r.x), visible$r);
    let ds$r = p$r * (dp[$r] - stat$r.y) * SCALE;
    //#end
    weigh(array<vec4f, 2>(p0, p1), lane);
    for (var slice = 0u; slice < min(ROWS, lastRow + 1u - row); slice += SLICE) {
      for (var i = lane; i < min(SLICE, ROWS - slice) * FOURS_A_HEAD; i += LANES) {
        pool[SLICE_AT + i] = dy[placeOf(min(row + slice + i / FOURS_A_HEAD, lastRow), head) * FOURS_A_HEAD + i % FOURS_A_HEAD];
      }
      workgroupBarrier();
      scatter(&dv, slice, above(first, row), above(end, row), four, column);
      workgroupBarrier();
    }
    weigh(array<vec4f, 2>(ds0, ds1), lane);
    for (var slice = 0u; slice < min(ROWS, lastRow + 1u - row); slice += SLICE) {
      for (var i = lane; i < min(SLICE, ROWS - slice) * FOURS_A_HEAD; i += LANES) {
        pool[SLICE_AT + i] = q[placeOf(min(row + slice + i / FOURS_A_HEAD, lastRow), head) * FOURS_A_HEAD + i % FOURS_A_HEAD];
      }
      workgroupBarrier();
      scatter(&dk, slice, above(first, row), above(end, row), four, column);
      workgroupBarrier();
    }
  }
  if (!busy) { return; }
  //#each n 4
  if (firstOfFour + $nu <= lastKey) {
    let at$n = keyPlace(firstOfFour + $nu, head) * FOURS_A_HEAD + column;
    result[at$n] = dk[$n];
    second[at$n] = dv[$n];
  }
  //#end
}
