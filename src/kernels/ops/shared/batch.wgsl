// The packed batch, as `gpu-batch.ts` writes it: eight words of header, then sections of `capacity` words.
@group(0) @binding(0) var<storage, read> batch: array<u32>;

fn tokenCount() -> u32 { return batch[0]; }
fn segmentCount() -> u32 { return batch[1]; }
fn section(number: u32, index: u32) -> u32 { return batch[8u + number * batch[2] + index]; }
fn tokenId(token: u32) -> u32 { return section(0u, token); }
fn positionOf(token: u32) -> u32 { return section(1u, token); }
fn startOf(token: u32) -> u32 { return section(2u, token); }
fn endOf(token: u32) -> u32 { return section(3u, token); }
fn segmentOf(token: u32) -> u32 { return section(4u, token); }
fn lastOf(segment: u32) -> u32 { return section(5u, segment); }
