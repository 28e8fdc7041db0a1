// As linear.register.wgsl, for adapters whose subgroups are exactly four lanes (software: one SSE register). The four lanes of a
// subgroup share their rows: each loads another quarter of x once and broadcasts it, a quarter of the loads. A lane has ROWS rows
// and FOURS times four columns. The inner width must be a multiple of 16. Nothing returns early, so that all four lanes take part
// in every broadcast.

const COLUMNS = 4u * $FOURSu; // of one lane

@compute @workgroup_size(64)
fn linear(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let inner = sizes.inputs / 4u;
  let tiles = (sizes.outputs + 4u * COLUMNS - 1u) / (4u * COLUMNS);
  let tile = (group.y * groups.x + group.x) * 16u + lane / 4u;
  let row = tile / tiles * $ROWSu;
  let column = (tile % tiles * 4u + lane % 4u) * COLUMNS;
  //#each m ROWS
  let r$m = min(row + $mu, tokenCount() - 1u);
  let xAt$m = r$m * inner + lane % 4u;
  //#each c FOURS
  var y$m_$c = vec4f(0.0);
  //#end
  //#end
  //#each c FOURS
  //#each n 4
  let wAt$c_$n = min(column + 4u * $cu + $nu, sizes.outputs - 1u) * inner;
  //#end
  //#end
  for (var i = 0u; i < inner; i += 4u) {
    //#each m ROWS
    let part$m = x[xAt$m + i];
    //#end
    //#each u 4
    //#each c FOURS
    //#each n 4
    let w$u_$c_$n = weight(wAt$c_$n + i + $uu);
    //#end
    //#end
    //#each m ROWS
    let x$u_$m = subgroupBroadcast(part$m, $uu);
    //#each c FOURS
    y$m_$c += vec4f(dot(x$u_$m, w$u_$c_0), dot(x$u_$m, w$u_$c_1), dot(x$u_$m, w$u_$c_2), dot(x$u_$m, w$u_$c_3));
    //#end
    //#end
    //#end
  }
  for (var r = 0u; r < sizes.rank; r++) {
    //#each c FOURS
    let lora$c = loraB(column + 4u * $cu, r);
    //#end
    //#each m ROWS
    let z$m = z[r$m * sizes.rank + r];
    //#each c FOURS
    y$m_$c += z$m * lora$c;
    //#end
    //#end
  }
  //#each m ROWS
  //#each c FOURS
  store(row + $mu, column / 4u + $cu, sizes.outputs / 4u, y$m_$c);
  //#end
  //#end
}

@compute @workgroup_size(64)
fn linearBackward(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let inner = sizes.outputs / 4u;
  let width = sizes.inputs / 4u;
  let tiles = (sizes.inputs + 4u * COLUMNS - 1u) / (4u * COLUMNS);
  let tile = (group.y * groups.x + group.x) * 16u + lane / 4u;
  let row = tile / tiles * $ROWSu;
  let column = (tile % tiles * 4u + lane % 4u) * $FOURSu; // in fours
  //#each c FOURS
  let wAt$c = min(column + $cu, width - 1u);
  //#end
  //#each m ROWS
  let r$m = min(row + $mu, tokenCount() - 1u);
  let dyAt$m = r$m * inner + lane % 4u;
  //#each c FOURS
  var dx$m_$c = vec4f(0.0);
  //#end
  //#end
  for (var n = 0u; n < inner; n += 4u) {
    //#each m ROWS
    let part$m = x[dyAt$m + n];
    //#end
    //#each u 4
    //#each c FOURS
    //#each j 4
    let w$u_$c_$j = weight((4u * (n + $uu) + $ju) * width + wAt$c);
    //#end
    //#end
    //#each m ROWS
    let dy$u_$m = subgroupBroadcast(part$m, $uu);
    //#each c FOURS
    dx$m_$c += dy$u_$m.x * w$u_$c_0 + dy$u_$m.y * w$u_$c_1 + dy$u_$m.z * w$u_$c_2 + dy$u_$m.w * w$u_$c_3;
    //#end
    //#end
    //#end
  }
  for (var r = 0u; r < sizes.rank; r++) {
    //#each c FOURS
    let lora$c = loraA(wAt$c, r);
    //#end
    //#each m ROWS
    let dz$m = z[r$m * sizes.rank + r];
    //#each c FOURS
    dx$m_$c += dz$m * lora$c;
    //#end
    //#end
  }
  //#each m ROWS
  //#each c FOURS
  store(row + $mu, column + $cu, width, dx$m_$c);
  //#end
  //#end
}
