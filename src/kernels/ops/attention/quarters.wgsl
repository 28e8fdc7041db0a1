enable subgroups;
diagnostic(off, subgroup_uniformity);
// The four lanes of a subgroup (on devices where every subgroup has four) have a quarter each of the same head of the same tokens.
// They take every branch together, which the compiler cannot know.
const SPLIT = 4u;

fn joined(part: f32) -> f32 { return subgroupAdd(part); }
