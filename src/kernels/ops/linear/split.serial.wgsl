// One lane a tile.
const SPLIT = 1u;

fn gather(value: vec4f, _lane: u32) -> vec4f { return value; }
