// One lane has the whole width of a head.
const SPLIT = 1u;

fn joined(part: f32) -> f32 { return part; }
