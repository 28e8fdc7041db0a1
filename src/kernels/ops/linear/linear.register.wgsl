// One ROWS×8 register tile a lane: no barriers, no shared memory, as software adapters like it. Neighboring lanes share their
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
  var yLow$m = vec4f(0.0);
  var yHigh$m = vec4f(0.0);
  //#end
  //#each n 8
  let wAt$n = min(column + $nu, sizes.outputs - 1u) * inner;
  //#end
  for (var i = 0u; i < inner; i++) {
    //#each n 8
    let w$n = weight(wAt$n + i);
    //#end
    //#each m ROWS
    let x$m = x[r$m * inner + i];
    yLow$m += vec4f(dot(x$m, w0), dot(x$m, w1), dot(x$m, w2), dot(x$m, w3));
    yHigh$m += vec4f(dot(x$m, w4), dot(x$m, w5), dot(x$m, w6), dot(x$m, w7));
    //#end
  }
  for (var r = 0u; r < sizes.rank; r++) {
    let loraLow = loraB(column, r);
    let loraHigh = loraB(column + 4u, r);
    //#each m ROWS
    let z$m = z[r$m * sizes.rank + r];
    yLow$m += z$m * loraLow;
    yHigh$m += z$m * loraHigh;
    //#end
  }
  //#each m ROWS
  store(row + $mu, column / 4u, sizes.outputs / 4u, yLow$m);
  store(row + $mu, column / 4u + 1u, sizes.outputs / 4u, yHigh$m);
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
  var dxLow$m = vec4f(0.0);
  var dxHigh$m = vec4f(0.0);
  //#end
  for (var n = 0u; n < inner; n++) {
    //#each j 4
    let wLow$j = weight((4u * n + $ju) * width + low);
    let wHigh$j = weight((4u * n + $ju) * width + high);
    //#end
    //#each m ROWS
    let dy$m = x[r$m * inner + n];
    dxLow$m += dy$m.x * wLow0 + dy$m.y * wLow1 + dy$m.z * wLow2 + dy$m.w * wLow3;
    dxHigh$m += dy$m.x * wHigh0 + dy$m.y * wHigh1 + dy$m.z * wHigh2 + dy$m.w * wHigh3;
    //#end
  }
  for (var r = 0u; r < sizes.rank; r++) {
    let loraLow = loraA(low, r);
    let loraHigh = loraA(high, r);
    //#each m ROWS
    let dz$m = z[r$m * sizes.rank + r];
    dxLow$m += dz$m * loraLow;
    dxHigh$m += dz$m * loraHigh;
    //#end
  }
  //#each m ROWS
  store(row + $mu, low, width, dxLow$m);
  store(row + $mu, low + 1u, width, dxHigh$m);
  //#end
}
