// MultipleNegativesRankingLoss on L2-normalized rows.
//   S = SCALE·q·dᵀ;  loss = mean_i(logsumexp_j S_ij − S_ii);  dS = (softmax(S) − I)·SCALE / n;  dq = dS·d;  dd = dSᵀ·q
// With a teacher, over each query's group G: loss += TEACHING·mean_i Σ_g p_ig (log p_ig − log q_ig), q = softmax_G(S);
//   dS_ig += TEACHING·(q_ig − p_ig)·SCALE / n
// One lane an element (or four, along the width). Outputs are written, not added.

override WIDTH: u32;
override SCALE: f32;
override MASKED: bool = false;
override TEACHING: f32 = 0.0;

@group(0) @binding(0) var<uniform> sizes: vec4u;                      // queries n, documents m
@group(0) @binding(1) var<storage, read> queries: array<vec4f>;       // [n, WIDTH]
@group(0) @binding(2) var<storage, read> documents: array<vec4f>;     // [m, WIDTH]
@group(0) @binding(3) var<storage, read_write> similarity: array<f32>; // [n, m]
@group(0) @binding(4) var<storage, read> mask: array<f32>;            // [n, m], 1 leaves out
@group(0) @binding(5) var<storage, read_write> ds: array<f32>;        // dS [n, m]
@group(0) @binding(6) var<storage, read_write> losses: array<f32>;    // [3, n]: loss, own cosine, sum of cosines of a query
@group(0) @binding(7) var<storage, read_write> result: array<vec4f>;  // dq or dd
@group(0) @binding(8) var<storage, read_write> loss: array<f32>;      // [1]
@group(0) @binding(9) var<storage, read> teacher: array<f32>;         // p [n, m], -1 beside the group
@group(0) @binding(10) var<storage, read_write> sums: array<f32>;     // [2]: own cosines, all cosines

@compute @workgroup_size(64)
fn rankingSimilarity(@builtin(global_invocation_id) id: vec3u) {
  let n = sizes.x;
  let m = sizes.y;
  let column = id.x;
  let row = id.y;
  if (column >= m || row >= n) { return; }
  var sum = 0.0;
  for (var i = 0u; i < WIDTH / 4u; i++) { sum += dot(queries[row * (WIDTH / 4u) + i], documents[column * (WIDTH / 4u) + i]); }
  similarity[row * m + column] = sum;
}

fn score(at: u32) -> f32 {
  if (MASKED) { if (mask[at] != 0.0) { return -1e30; } }
  return similarity[at] * SCALE;
}

@compute @workgroup_size(64)
fn rankingRows(@builtin(global_invocation_id) id: vec3u) {
  let n = sizes.x;
  let m = sizes.y;
  let row = id.x;
  if (row >= n) { return; }
  var maximum = -1e30;
  for (var j = 0u; j < m; j++) { maximum = max(maximum, score(row * m + j)); }
  var sum = 0.0;
  var cosines = 0.0;
  for (var j = 0u; j < m; j++) {
    sum += exp(score(row * m + j) - maximum);
    cosines += similarity[row * m + j];
  }
  for (var j = 0u; j < m; j++) {
    let p = exp(score(row * m + j) - maximum) / sum;
    ds[row * m + j] = (p - select(0.0, 1.0, j == row)) * SCALE / f32(n);
  }
  losses[row] = maximum + log(sum) - similarity[row * m + row] * SCALE;
  losses[n + row] = similarity[row * m + row];
  losses[2u * n + row] = cosines;
}

@compute @workgroup_size(64)
fn rankingTeacher(@builtin(global_invocation_id) id: vec3u) {
  let n = sizes.x;
  let m = sizes.y;
  let row = id.x;
  if (row >= n) { return; }
  var maximum = -1e30;
  for (var j = row * m; j < (row + 1) * m; j++) {
    if (teacher[j] >= 0.0) { maximum = max(maximum, similarity[j] * SCALE); }
  }
  var sum = 0.0;
  for (var j = row * m; j < (row + 1) * m; j++) {
    if (teacher[j] >= 0.0) { sum += exp(similarity[j] * SCALE - maximum); }
  }
  if (sum == 0.0) { return; }
  var divergence = 0.0;
  for (var j = row * m; j < (row + 1) * m; j++) {
    let p = teacher[j];
    if (p < 0.0) { continue; }
    let s = similarity[j] * SCALE - maximum;
    ds[j] += TEACHING * (exp(s) / sum - p) * SCALE / f32(n);
    if (p > 0.0) { divergence += p * (log(p) - s + log(sum)); }
  }
  losses[row] += TEACHING * divergence;
}

@compute @workgroup_size(1)
fn rankingMean() {
  let n = sizes.x;
  var sum = vec3f(0.0);
  for (var i = 0u; i < n; i++) { sum += vec3f(losses[i], losses[n + i], losses[2u * n + i]); }
  loss[0] = sum.x / f32(n);
  sums[0] = sum.y;
  sums[1] = sum.z;
}

@compute @workgroup_size(64)
fn rankingQueries(@builtin(global_invocation_id) id: vec3u) {
  let m = sizes.y;
  if (id.x >= WIDTH / 4u || id.y >= sizes.x) { return; }
  var sum = vec4f(0.0);
  for (var j = 0u; j < m; j++) { sum += ds[id.y * m + j] * documents[j * (WIDTH / 4u) + id.x]; }
  result[id.y * (WIDTH / 4u) + id.x] = sum;
}

@compute @workgroup_size(64)
fn rankingDocuments(@builtin(global_invocation_id) id: vec3u) {
  let m = sizes.y;
  if (id.x >= WIDTH / 4u || id.y >= m) { return; }
  var sum = vec4f(0.0);
  for (var i = 0u; i < sizes.x; i++) { sum += ds[i * m + id.y] * queries[i * (WIDTH / 4u) + id.x]; }
  result[id.y * (WIDTH / 4u) + id.x] = sum;
}
