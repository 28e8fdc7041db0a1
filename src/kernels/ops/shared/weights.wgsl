// Frozen weights as the checkpoint stores them: 0 = BF16 pairs, 1 = F16 pairs, 2 = F32 (bits).
override DTYPE: u32;

/// Four consecutive BF16 or F16 elements; the even one lies in the low half of its word.
fn unpack(words: vec2u) -> vec4f {
  if (DTYPE == 0u) {
    return bitcast<vec4f>(vec4u(words.x << 16u, words.x & 0xffff0000u, words.y << 16u, words.y & 0xffff0000u));
  }
  return vec4f(unpack2x16float(words.x), unpack2x16float(words.y));
}
