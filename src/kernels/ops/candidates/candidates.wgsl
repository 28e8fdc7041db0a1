// Documents whose similarity with a query reaches the query's threshold; the matrix of similarities is never stored.
//   s_ij = q_i · d_j,  list i holds every j with s_ij ≥ t_i, in no set order; at most ROOM fit, all are counted
// One 4×8 register tile a lane, no barriers; the 8×8 lanes of a workgroup share their rows through the cache.

override WIDTH: u32;
override ROOM: u32;

struct Sizes { queries: u32, documents: u32 }

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> queries: array<vec4f>;               // [queries, WIDTH]
@group(0) @binding(2) var<storage, read> documents: array<vec4f>;             // [documents, WIDTH]
@group(0) @binding(3) var<storage, read> thresholds: array<f32>;              // [queries]
@group(0) @binding(4) var<storage, read_write> lists: array<atomic<u32>>;     // [queries, 1 + ROOM]: how many, then which

fn offer(query: u32, document: u32, similarity: f32) {
  if (query >= sizes.queries || document >= sizes.documents || similarity < thresholds[query]) { return; }
  let start = query * (ROOM + 1u);
  let place = atomicAdd(&lists[start], 1u);
  if (place < ROOM) { atomicStore(&lists[start + 1u + place], document); }
}

@compute @workgroup_size(64)
fn candidates(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let inner = WIDTH / 4u;
  let query = group.y * 32u + lane / 8u * 4u;
  let document = group.x * 64u + lane % 8u * 8u;
  if (query >= sizes.queries || document >= sizes.documents) { return; }
  //#each m 4
  let queryAt$m = min(query + $mu, sizes.queries - 1u) * inner;
  var sLow$m = vec4f(0.0);
  var sHigh$m = vec4f(0.0);
  //#end
  //#each n 8
  let documentAt$n = min(document + $nu, sizes.documents - 1u) * inner;
  //#end
  for (var i = 0u; i < inner; i++) {
    //#each n 8
    let d$n = documents[documentAt$n + i];
    //#end
    //#each m 4
    let q$m = queries[queryAt$m + i];
    sLow$m += vec4f(dot(q$m, d0), dot(q$m, d1), dot(q$m, d2), dot(q$m, d3));
    sHigh$m += vec4f(dot(q$m, d4), dot(q$m, d5), dot(q$m, d6), dot(q$m, d7));
    //#end
  }
  //#each m 4
  //#each n 4
  offer(query + $mu, document + $nu, sLow$m[$n]);
  offer(query + $mu, document + 4u + $nu, sHigh$m[$n]);
  //#end
  //#end
}
