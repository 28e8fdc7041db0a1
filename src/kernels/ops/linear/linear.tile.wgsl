// A 64×64 tile of the result a workgroup of 256 lanes, 4×4 a lane, the inner dimension in steps of 16 through shared memory:
// for real GPUs. Tiles of x and W are kept inner-major, so that a lane reads its four rows and its four columns as one vec4 each.

const SIDE = 64u;
const STEP = 16u;

var<workgroup> left: array<factor4, 256>;  // [STEP][SIDE / 4]: x or dy, four rows together
var<workgroup> right: array<factor4, 256>; // [STEP][SIDE / 4]: W, four columns of the result together

/// Products of one step, in `factor`, their sum in f32.
fn step(sums: ptr<function, array<vec4f, 4>>, lane: u32) {
  for (var i = 0u; i < STEP; i++) {
    let l = left[i * 16u + lane / 16u];
    let r = right[i * 16u + lane % 16u];
    (*sums)[0] += vec4f(l.x * r);
    (*sums)[1] += vec4f(l.y * r);
    (*sums)[2] += vec4f(l.z * r);
    (*sums)[3] += vec4f(l.w * r);
  }
}

/// Lanes 0…63 bring 4 rows × 4 inner values of x each into `left`, transposed.
fn loadLeft(row: u32, inner: u32, start: u32, lane: u32) {
  let rows = lane / 4u % 16u; // which four rows
  let part = lane % 4u;       // which four inner values
  let last = tokenCount() - 1u;
  let at = start + part;
  var v: array<vec4f, 4>;
  for (var m = 0u; m < 4u; m++) {
    v[m] = select(vec4f(0.0), x[min(row + 4u * rows + m, last) * inner + min(at, inner - 1u)], at < inner);
  }
  for (var i = 0u; i < 4u; i++) { left[(4u * part + i) * 16u + rows] = factor4(vec4f(v[0][i], v[1][i], v[2][i], v[3][i])); }
}

@compute @workgroup_size(256)
fn linear(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let inner = sizes.inputs / 4u;
  let tiles = (sizes.outputs + 63u) / 64u;
  let tile = group.y * groups.x + group.x;
  let row = tile / tiles * SIDE;
  let column = tile % tiles * SIDE;
  var y: array<vec4f, 4>;
  for (var start = 0u; start < inner; start += STEP / 4u) {
    if (lane < 64u) {
      loadLeft(row, inner, start, lane);
    } else if (lane < 128u) {
      let four = lane / 4u % 16u;
      let part = lane % 4u;
      let at = start + part;
      var v: array<vec4f, 4>;
      for (var n = 0u; n < 4u; n++) {
        v[n] = select(vec4f(0.0), weight(min(column + 4u * four + n, sizes.outputs - 1u) * inner + min(at, inner - 1u)), at < inner);
      }
      for (var i = 0u; i < 4u; i++) { right[(4u * part + i) * 16u + four] = factor4(vec4f(v[0][i], v[1][i], v[2][i], v[3][i])); }
    }
    workgroupBarrier();
    step(&y, lane);
    workgroupBarrier();
  }
  let first = row + lane / 16u * 4u;
  let column4 = column / 4u + lane % 16u;
  let last = tokenCount() - 1u;
  for (var r = 0u; r < sizes.rank; r++) {
    let lora = loraB(4u * column4, r);
    for (var m = 0u; m < 4u; m++) { y[m] += z[min(first + m, last) * sizes.rank + r] * lora; }
  }
  for (var m = 0u; m < 4u; m++) { store(first + m, column4, sizes.outputs / 4u, y[m]); }
}

@compute @workgroup_size(256)
fn linearBackward(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let inner = sizes.outputs / 4u;
  let width = sizes.inputs / 4u;
  let tiles = (sizes.inputs + 63u) / 64u;
  let tile = group.y * groups.x + group.x;
  let row = tile / tiles * SIDE;
  let column4 = tile % tiles * 16u;
  var dx: array<vec4f, 4>;
  for (var start = 0u; start < inner; start += STEP / 4u) {
    if (lane < 64u) { loadLeft(row, inner, start, lane); }
    // W lies as it is needed: one row of W is one step of the inner dimension. Every lane brings one vec4.
    let n = 4u * start + lane / 16u;
    let at = min(n, sizes.outputs - 1u) * width + min(column4 + lane % 16u, width - 1u);
    right[lane] = factor4(select(vec4f(0.0), weight(at), n < sizes.outputs));
    workgroupBarrier();
    step(&dx, lane);
    workgroupBarrier();
  }
  let first = row + lane / 16u * 4u;
  let own = column4 + lane % 16u;
  let last = tokenCount() - 1u;
  for (var r = 0u; r < sizes.rank; r++) {
    let lora = loraA(min(own, width - 1u), r);
    for (var m = 0u; m < 4u; m++) { dx[m] += z[min(first + m, last) * sizes.rank + r] * lora; }
  }
  for (var m = 0u; m < 4u; m++) { store(first + m, own, width, dx[m]); }
}
