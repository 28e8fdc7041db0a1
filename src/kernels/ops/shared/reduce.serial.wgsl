// One lane a row: no barriers, as software adapters like it.
const LANES = 1u;
const ROWS = 64u;

fn total(value: f32, _lane: u32) -> f32 { return value; }
