// A tile of the result a workgroup, for real GPUs: 64·DOWN rows by 64·ACROSS columns by 16×16 lanes, 4·DOWN × 4·ACROSS results
// a lane. The inner dimension goes through shared memory in rounds of STEP, laid so that a lane takes four rows or four columns
// at one inner value as one vec4, and W is unpacked on its way there. While a round is multiplied the next one is fetched.

const PARTS = $STEPu / 4u;     // fours of inner values a round
const TALL = 16u * $DOWNu;     // fours of rows a tile
const WIDE = 16u * $ACROSSu;   // fours of columns a tile
const LEFT_LANES = PARTS * TALL; // a lane brings 4×4 values of x, or of W; lanes beyond the last bring nothing
const LANES = LEFT_LANES + PARTS * WIDE;

// By four inner values, inner value among them, and `seat` of four rows or columns.
var<workgroup> left: array<array<array<factor4, TALL>, 4>, PARTS>;  // x or dy
var<workgroup> right: array<array<array<factor4, WIDE>, 4>, PARTS>; // W

/// Where four rows or columns lie among their fellows of the same part: neighboring lanes write neighboring parts or fours, and
/// read neighboring fours; either way eight of them meet all banks.
fn seat(part: u32, four: u32) -> u32 { return four ^ (part * (8u / PARTS)); }

/// Four weights as they lie in memory. They are unpacked when they are needed, so that nobody waits for them before.
fn packed(index4: u32) -> vec4u {
  if (DTYPE == 2u) { return vec4u(w[2u * index4], w[2u * index4 + 1u]); }
  return vec4u(w[index4], 0u, 0u);
}
fn unpacked(words: vec4u) -> vec4f {
  if (DTYPE == 2u) { return bitcast<vec4f>(words); }
  return unpack(words.xy);
}

/// Four columns of B or of A at one rank.
fn loraFactors(column4: u32, width4: u32, r: u32, backward: bool) -> vec4f {
  if (backward) { return loraA(min(column4, width4 - 1u), r); }
  return loraB(4u * column4, r);
}

/// One tile of x·Wᵀ, or of x·W when `backward`, which each pipeline knows as it is compiled. `inner` and `width` are those of x
/// and of the result, in fours.
fn multiply(tile: u32, lane: u32, inner: u32, width: u32, backward: bool) {
  let last = tokenCount() - 1u;
  let tiles = (width + WIDE - 1u) / WIDE;
  let row = tile / tiles * 4u * TALL;
  let column4 = tile % tiles * WIDE;

  // This lane's 4×4 values. Rows of x, and forward those of W, run along the inner dimension and are turned; backward, W lies as
  // it is needed.
  let ofX = lane < LEFT_LANES;
  let own = select(lane - LEFT_LANES, lane, ofX);
  let turned = ofX || !backward;
  let part = select(own / WIDE, own % PARTS, turned);
  let four = select(own % WIDE, own / PARTS, turned);
  let stride = select(4u * width, 1u, turned);
  let line = 4u * four + select(4u * column4, row, ofX);
  let lastLine = select(4u * width - 1u, last, ofX);
  //#each j 4
  let at$j = select($ju * width + min(column4 + four, width - 1u), min(line + $ju, lastLine) * inner, turned);
  //#end

  // A subgroup of 32 computes 4 × 8 fours of the tile.
  let down = lane / 8u % 4u + lane / 64u * 4u;
  let across = lane % 8u + lane / 32u % 2u * 8u;
  //#each m DOWN
  //#each j 4
  //#each n ACROSS
  var sum$m_$j_$n = vec4f(0.0);
  //#end
  //#end
  //#end
  for (var start = 0u; ; start += PARTS) {
    // The next round is on its way while the one that lies there is multiplied.
    let at = start + part;
    let ahead = min(at, inner - 1u) * stride;
    //#each j 4
    var words$j: vec4u;
    //#end
    if (ofX) {
      //#each j 4
      words$j = bitcast<vec4u>(x[at$j + ahead]);
      //#end
    } else {
      //#each j 4
      words$j = packed(at$j + ahead);
      //#end
    }
    if (start > 0u) {
      for (var p = 0u; p < PARTS; p++) {
        let l = seat(p, down);
        let r = seat(p, across);
        //#each i 4
        //#each m DOWN
        let left$i_$m = left[p][$i][l + 16u * $mu];
        //#end
        //#each n ACROSS
        let right$i_$n = right[p][$i][r + 16u * $nu];
        //#end
        //#each m DOWN
        //#each j 4
        //#each n ACROSS
        sum$m_$j_$n += times(left$i_$m[$j], right$i_$n);
        //#end
        //#end
        //#end
        //#end
      }
    }
    if (start >= inner) { break; }
    workgroupBarrier();
    let place = seat(part, four);
    if (ofX) {
      //#each j 4
      let row$j = bitcast<vec4f>(words$j);
      //#end
      let block = transpose(mat4x4f(row0, row1, row2, row3));
      //#each i 4
      left[part][$i][place] = factor4(select(vec4f(0.0), block[$i], at < inner));
      //#end
    } else if (lane < LANES) {
      var block = mat4x4f(unpacked(words0), unpacked(words1), unpacked(words2), unpacked(words3));
      if (!backward) { block = transpose(block); }
      //#each i 4
      right[part][$i][place] = factor4(select(vec4f(0.0), block[$i], at < inner));
      //#end
    }
    workgroupBarrier();
  }

  let first = row + 4u * down;
  for (var r = 0u; r < sizes.rank; r++) {
    //#each n ACROSS
    let lora$n = loraFactors(column4 + across + 16u * $nu, width, r, backward);
    //#end
    //#each m DOWN
    //#each j 4
    let z$m_$j = z[min(first + 64u * $mu + $ju, last) * sizes.rank + r];
    //#each n ACROSS
    sum$m_$j_$n += z$m_$j * lora$n;
    //#end
    //#end
    //#end
  }
  //#each m DOWN
  //#each j 4
  //#each n ACROSS
  store(first + 64u * $mu + $ju, column4 + across + 16u * $nu, width, sum$m_$j_$n);
  //#end
  //#end
  //#end
}

@compute @workgroup_size(256)
fn linear(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  multiply(group.y * groups.x + group.x, lane, sizes.inputs / 4u, sizes.outputs / 4u, false);
}

@compute @workgroup_size(256)
fn linearBackward(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  multiply(group.y * groups.x + group.x, lane, sizes.outputs / 4u, sizes.inputs / 4u, true);
}
