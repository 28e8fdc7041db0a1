// Factors of the products; sums are f32 in any case.
alias factor = f32;
alias factor4 = vec4<f32>;
fn times(left: factor, right: factor4) -> vec4f { return left * right; }
