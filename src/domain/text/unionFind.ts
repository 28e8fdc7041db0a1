/** Disjoint sets over 0…n−1. The representative is always the smallest member, so the result does not depend on the order. */
export class UnionFind {
  private readonly parent: Int32Array;
  constructor(readonly size: number) {
    this.parent = Int32Array.from({ length: size }, (_, i) => i);
  }

  find(node: number): number {
    let at = node;
    for (let up = this.up(at); up !== at; up = this.up(at)) {
      this.parent[at] = this.up(up);
      at = up;
    }
    return at;
  }

  union(a: number, b: number): void {
    const [x, y] = [this.find(a), this.find(b)];
    if (x !== y) this.parent[Math.max(x, y)] = Math.min(x, y);
  }

  private up(node: number): number {
    return this.parent[node] as number;
  }
}
