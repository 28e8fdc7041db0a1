// AdamW after clipping by global norm, over one flat buffer; the norm never leaves the GPU.
//   g ← g·min(1, maxNorm / (‖g‖ + 1e-6));  p ← p·(1 − lr·wd);  m ← b1·m + (1 − b1)·g;  v ← b2·v + (1 − b2)·g²
//   p ← p − lr/(1 − b1ᵗ)·m / (√v/√(1 − b2ᵗ) + eps);  then the gradients are cleared
// A norm that is not finite skips the update, and so do all steps after it, so that a diverging run keeps its last good parameters
// although the norm is read back only when the next step is under way.
// The squares are summed by a tree of lanes in a fixed order, so the norm is the same on every run.

struct Settings {
  size: u32,                // in fours
  partials: u32,            // sums of the first level
  stepSize: f32,            // lr / (1 − b1ᵗ)
  decay: f32,               // 1 − lr·wd
  beta1: f32,
  beta2: f32,
  eps: f32,
  biasCorrection2Sqrt: f32, // √(1 − b2ᵗ)
  maxNorm: f32,             // gradients of a larger norm are clipped
  oneMinusBeta1: f32,
  oneMinusBeta2: f32,
  unused: f32,
}

@group(0) @binding(0) var<uniform> settings: Settings;
@group(0) @binding(1) var<storage, read_write> gradients: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> partials: array<f32>;
@group(0) @binding(3) var<storage, read_write> norm: array<f32>; // [1]
@group(0) @binding(4) var<storage, read_write> values: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> moment1: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> moment2: array<vec4f>;

const SECOND = 64u; // sums of the second level, behind those of the first

@compute @workgroup_size(64)
fn adamwSquares(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= settings.partials) { return; }
  var sum = vec4f(0.0);
  for (var i = id.x; i < settings.size; i += settings.partials) { sum += gradients[i] * gradients[i]; }
  partials[id.x] = (sum.x + sum.y) + (sum.z + sum.w);
}

@compute @workgroup_size(SECOND)
fn adamwSums(@builtin(local_invocation_index) lane: u32) {
  var sum = 0.0;
  for (var i = lane; i < settings.partials; i += SECOND) { sum += partials[i]; }
  partials[settings.partials + lane] = sum;
}

// By its bits, since shaders may assume that floats are finite.
fn isNumber(value: f32) -> bool { return (bitcast<u32>(value) & 0x7f800000u) != 0x7f800000u; }

@compute @workgroup_size(1)
fn adamwNorm() {
  let halted = settings.partials + SECOND; // holds the first norm that was not finite
  var sum = 0.0;
  for (var i = 0u; i < SECOND; i++) { sum += partials[settings.partials + i]; }
  var total = sqrt(sum);
  if (!isNumber(partials[halted])) { total = partials[halted]; }
  if (!isNumber(total)) { partials[halted] = total; }
  norm[0] = total;
}

@compute @workgroup_size(64)
fn adamwUpdate(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  if (i >= settings.size) { return; }
  if (!isNumber(norm[0])) {
    gradients[i] = vec4f(0.0);
    return;
  }
  let g = gradients[i] * min(1.0, settings.maxNorm / (norm[0] + 1e-6));
  let m = settings.beta1 * moment1[i] + settings.oneMinusBeta1 * g;
  let v = settings.beta2 * moment2[i] + settings.oneMinusBeta2 * g * g;
  values[i] = values[i] * settings.decay - settings.stepSize * m / (sqrt(v) / settings.biasCorrection2Sqrt + settings.eps);
  moment1[i] = m;
  moment2[i] = v;
  gradients[i] = vec4f(0.0);
}
