/**
 * The position of each row of a long list. Rows are `rowHeight` high unless they were measured; the differences
 * are in a Fenwick tree, so that a measured row among a hundred thousand costs seventeen additions.
 */
export class Heights {
  constructor(rowHeight) {
    this.reset(rowHeight);
  }

  /** Forget the measured heights. */
  reset(rowHeight = this.rowHeight) {
    this.rowHeight = rowHeight;
    this.count = 0;
    this.extra = new Map();
    this.tree = new Float64Array(1025);
  }

  setCount(count) {
    this.count = count;
    if (count >= this.tree.length) {
      this.tree = new Float64Array(2 ** Math.ceil(Math.log2(count + 2)) + 1);
      for (const [index, difference] of this.extra) {
        this.#add(index, difference);
      }
    }
  }

  /** Set the measured height of a row. True if it changed. */
  measure(index, height) {
    const difference = height - this.rowHeight;
    const before = this.extra.get(index) ?? 0;
    if (difference === before) {
      return false;
    }
    this.extra.set(index, difference);
    this.#add(index, difference - before);
    return true;
  }

  top(index) {
    let sum = index * this.rowHeight;
    for (let node = index; node > 0; node -= node & -node) {
      sum += this.tree[node];
    }
    return sum;
  }

  total() {
    return this.top(this.count);
  }

  /** The row at `y`, within the list. */
  at(y) {
    let node = 0;
    let rest = y;
    for (let step = 2 ** Math.floor(Math.log2(this.tree.length - 1)); step > 0; step >>= 1) {
      const next = node + step;
      if (next < this.tree.length) {
        const height = this.tree[next] + step * this.rowHeight;
        if (height <= rest) {
          node = next;
          rest -= height;
        }
      }
    }
    return Math.max(0, Math.min(node, this.count - 1));
  }

  #add(index, difference) {
    for (let node = index + 1; node < this.tree.length; node += node & -node) {
      this.tree[node] += difference;
    }
  }
}
