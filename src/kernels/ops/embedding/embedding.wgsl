// Rows of the embedding table by token id, unpacked to f32. A table too large for one binding comes in shards of whole rows;
// each dispatch writes the tokens whose row lies in its shard. The table is frozen: no backward.

override WIDTH: u32;
override FIRST: u32; // first row of this shard
override COUNT: u32; // its rows

@group(0) @binding(1) var<storage, read> table: array<vec2u>;        // [COUNT, WIDTH]
@group(0) @binding(2) var<storage, read_write> result: array<vec4f>; // [tokens, WIDTH]

@compute @workgroup_size(64)
fn embed(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  let token = i / (WIDTH / 4u);
  if (token >= tokenCount()) { return; }
  let row = tokenId(token) - FIRST; // wraps to a large number below FIRST
  if (row >= COUNT) { return; }
  let origin = row * (WIDTH / 4u) + i % (WIDTH / 4u);
  if (DTYPE == 2u) {
    result[i] = bitcast<vec4f>(vec4u(table[2u * origin], table[2u * origin + 1u]));
  } else {
    result[i] = unpack(table[origin]);
  }
}
