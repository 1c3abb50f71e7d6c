import type { Examples } from '../../core/task.js';

/** Rows of examples in memory, in bytes. */
const mostBytes = 64 * 2 ** 20;

/** Rows of blocks of examples that are asked about more than once, as test examples are after every task. A block is known by its object. */
export class KnownRows {
  private rows = new WeakMap<Examples, Float32Array>();
  private seen = new WeakSet<Examples>();
  private left = mostBytes;

  /** What `find` says of the examples, now or earlier. */
  async of(examples: Examples, find: () => Promise<Float32Array>): Promise<Float32Array> {
    const known = this.rows.get(examples);
    if (known) return known;
    const rows = await find();
    if (this.seen.has(examples) && rows.byteLength <= this.left) {
      this.left -= rows.byteLength;
      this.rows.set(examples, rows);
    }
    this.seen.add(examples);
    return rows;
  }

  /** To be called where rows would be found differently. */
  forget(): void {
    this.rows = new WeakMap();
    this.left = mostBytes;
  }
}
