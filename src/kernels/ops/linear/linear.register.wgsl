// One ROWS×8 register tile a lane: no barriers, no shared memory, as software adapters like it. Neighbouring lanes share their
// rows of x. ROWS is unrolled by the loader.

@compute @workgroup_size(64)
fn linear(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let inner = sizes.inputs / 4u;
  let tiles = (sizes.outputs + 7u) / 8u;
  let tile = (group.y * groups.x + group.x) * 64u + lane;
  let row = tile / tiles * $ROWSu;
  if (row >= tokenCount()) { return; }
  let column = tile % tiles * 8u;
  //#each m ROWS
  let r$m = min(row + $mu, tokenCount() - 1u);
  var a$m = vec4f(0.0);
  var b$m = vec4f(0.0);
  //#end
  //#each n 8
  let w$n = min(column + $nu, sizes.outputs - 1u) * inner;
  //#end
  for (var i = 0u; i < inner; i++) {
    //#each n 8
    let c$n = weight(w$n + i);
    //#end
    //#each m ROWS
    let v$m = x[r$m * inner + i];
    a$m += vec4f(dot(v$m, c0), dot(v$m, c1), dot(v$m, c2), dot(v$m, c3));
    b$m += vec4f(dot(v$m, c4), dot(v$m, c5), dot(v$m, c6), dot(v$m, c7));
    //#end
  }
  for (var r = 0u; r < sizes.rank; r++) {
    let c = upward(column, r);
    let d = upward(column + 4u, r);
    //#each m ROWS
    let z$m = z[r$m * sizes.rank + r];
    a$m += z$m * c;
    b$m += z$m * d;
    //#end
  }
  //#each m ROWS
  store(row + $mu, column / 4u, sizes.outputs / 4u, a$m);
  store(row + $mu, column / 4u + 1u, sizes.outputs / 4u, b$m);
  //#end
}

@compute @workgroup_size(64)
fn linearBackward(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let inner = sizes.outputs / 4u;
  let width = sizes.inputs / 4u;
  let tiles = (sizes.inputs + 7u) / 8u;
  let tile = (group.y * groups.x + group.x) * 64u + lane;
  let row = tile / tiles * $ROWSu;
  if (row >= tokenCount()) { return; }
  let low = tile % tiles * 2u;
  let high = min(low + 1u, width - 1u);
  //#each m ROWS
  let r$m = min(row + $mu, tokenCount() - 1u);
  var a$m = vec4f(0.0);
  var b$m = vec4f(0.0);
  //#end
  for (var n = 0u; n < inner; n++) {
    //#each j 4
    let c$j = weight((4u * n + $ju) * width + low);
    let d$j = weight((4u * n + $ju) * width + high);
    //#end
    //#each m ROWS
    let v$m = x[r$m * inner + n];
    a$m += v$m.x * c0 + v$m.y * c1 + v$m.z * c2 + v$m.w * c3;
    b$m += v$m.x * d0 + v$m.y * d1 + v$m.z * d2 + v$m.w * d3;
    //#end
  }
  for (var r = 0u; r < sizes.rank; r++) {
    let c = downward(low, r);
    let d = downward(high, r);
    //#each m ROWS
    let z$m = z[r$m * sizes.rank + r];
    a$m += z$m * c;
    b$m += z$m * d;
    //#end
  }
  //#each m ROWS
  store(row + $mu, low, width, a$m);
  store(row + $mu, low + 1u, width, b$m);
  //#end
}
