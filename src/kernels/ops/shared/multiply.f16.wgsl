enable f16;
// Factors of the products; sums are f32 in any case.
alias factor = f16;
alias factor4 = vec4<f16>;
fn times(left: factor, right: factor4) -> vec4f { return vec4f(left * right); }
