// As linear.register.wgsl, for adapters whose subgroups are exactly four lanes (software: one SSE register). The four lanes of a
// subgroup share their rows: each loads another quarter of x once and broadcasts it, a quarter of the loads. IN and OUT must be
// multiples of 16. Nothing returns early, so that all four lanes take part in every broadcast.

@compute @workgroup_size(64)
fn linear(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let inner = sizes.inputs / 4u;
  let tiles = (sizes.outputs + 31u) / 32u;
  let tile = (group.y * groups.x + group.x) * 16u + lane / 4u;
  let row = tile / tiles * $ROWSu;
  let column = tile % tiles * 32u + lane % 4u * 8u;
  //#each m ROWS
  let r$m = min(row + $mu, tokenCount() - 1u);
  let x$m = r$m * inner + lane % 4u;
  var a$m = vec4f(0.0);
  var b$m = vec4f(0.0);
  //#end
  //#each n 8
  let w$n = min(column + $nu, sizes.outputs - 1u) * inner;
  //#end
  for (var i = 0u; i < inner; i += 4u) {
    //#each m ROWS
    let q$m = x[x$m + i];
    //#end
    //#each u 4
    //#each n 8
    let c$u_$n = weight(w$n + i + $uu);
    //#end
    //#each m ROWS
    let v$u_$m = subgroupBroadcast(q$m, $uu);
    a$m += vec4f(dot(v$u_$m, c$u_0), dot(v$u_$m, c$u_1), dot(v$u_$m, c$u_2), dot(v$u_$m, c$u_3));
    b$m += vec4f(dot(v$u_$m, c$u_4), dot(v$u_$m, c$u_5), dot(v$u_$m, c$u_6), dot(v$u_$m, c$u_7));
    //#end
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
  let tiles = (sizes.inputs + 31u) / 32u;
  let tile = (group.y * groups.x + group.x) * 16u + lane / 4u;
  let row = tile / tiles * $ROWSu;
  let column = tile % tiles * 8u + lane % 4u * 2u;
  let low = min(column, width - 1u);
  let high = min(column + 1u, width - 1u);
  //#each m ROWS
  let r$m = min(row + $mu, tokenCount() - 1u);
  let x$m = r$m * inner + lane % 4u;
  var a$m = vec4f(0.0);
  var b$m = vec4f(0.0);
  //#end
  for (var n = 0u; n < inner; n += 4u) {
    //#each m ROWS
    let q$m = x[x$m + n];
    //#end
    //#each u 4
    //#each j 4
    let c$u_$j = weight((4u * (n + $uu) + $ju) * width + low);
    let d$u_$j = weight((4u * (n + $uu) + $ju) * width + high);
    //#end
    //#each m ROWS
    let v$u_$m = subgroupBroadcast(q$m, $uu);
    a$m += v$u_$m.x * c$u_0 + v$u_$m.y * c$u_1 + v$u_$m.z * c$u_2 + v$u_$m.w * c$u_3;
    b$m += v$u_$m.x * d$u_0 + v$u_$m.y * d$u_1 + v$u_$m.z * d$u_2 + v$u_$m.w * d$u_3;
    //#end
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
  store(row + $mu, column, width, a$m);
  store(row + $mu, column + 1u, width, b$m);
  //#end
}
