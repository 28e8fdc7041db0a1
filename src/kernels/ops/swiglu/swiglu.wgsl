// SwiGLU, element by element.
//   forward   y = g·σ(g)·u
//   backward  du = dy·g·σ(g),  dg = dy·u·σ(g)·(1 + g·(1 − σ(g)))
// Outputs are written, not added.

override WIDTH: u32;

@group(0) @binding(1) var<storage, read> gate: array<vec4f>; // [tokens, WIDTH]
@group(0) @binding(2) var<storage, read> up: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> result: array<vec4f>;
@group(0) @binding(4) var<storage, read> dy: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> dgate: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> dup: array<vec4f>;

fn index(group: vec3u, groups: vec3u, lane: u32) -> u32 { return (group.y * groups.x + group.x) * 64u + lane; }

/// σ without overflow: exp of a large positive number is infinite, and 1 / (1 + ∞) is 0 as it should be.
fn sigmoid(g: vec4f) -> vec4f { return 1.0 / (1.0 + exp(min(-g, vec4f(80.0)))); }

@compute @workgroup_size(64)
fn swiglu(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = index(group, groups, lane);
  if (i >= tokenCount() * (WIDTH / 4u)) { return; }
  result[i] = gate[i] * sigmoid(gate[i]) * up[i];
}

@compute @workgroup_size(64)
fn swigluBackward(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = index(group, groups, lane);
  if (i >= tokenCount() * (WIDTH / 4u)) { return; }
  let g = gate[i];
  let s = sigmoid(g);
  dup[i] = dy[i] * g * s;
  dgate[i] = dy[i] * up[i] * s * (1.0 + g * (1.0 - s));
}
