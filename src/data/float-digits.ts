import { LifelongError } from '../core/errors.js';

/** Smaller numbers whose differences float32 loses, below a ten-thousandth, count as noise around a constant. */
const large = 1024;
/** A deviation of fewer steps of float32 than this has no digits left. */
const leastSteps = 4;

/** The largest number of float32, and the smallest that has all its digits. */
const [largestFloat, smallestFloat] = [3.4028234663852886e38, 2 ** -126];

/** Whether float32 has a number of about this size. */
export const isInFloatRange = (value: number): boolean =>
  value === 0 || !Number.isFinite(value) || (Math.abs(value) <= largestFloat && Math.abs(value) >= smallestFloat);

/**
 * Finds columns that float32 cannot tell apart though doubles can, such as Unix milliseconds of one week: looks at each row as doubles, before
 * it is rounded.
 */
export class FloatDigits {
  #count = 0;
  #first = new Float64Array(0);
  #sums = new Float64Array(0);
  #squares = new Float64Array(0);
  #largest = new Float64Array(0);

  /** @param row values of one example, as long as all others */
  add(row: ArrayLike<number>): void {
    if (this.#count++ === 0) {
      this.#first = Float64Array.from(row);
      [this.#sums, this.#squares, this.#largest] = [0, 0, 0].map(() => new Float64Array(row.length)) as [
        Float64Array<ArrayBuffer>,
        Float64Array<ArrayBuffer>,
        Float64Array<ArrayBuffer>,
      ];
    }
    for (let i = 0; i < row.length; i++) {
      const value = row[i] as number;
      const beyond = value - (this.#first[i] as number); // sums of small numbers keep their digits
      this.#sums[i] = (this.#sums[i] as number) + beyond;
      this.#squares[i] = (this.#squares[i] as number) + beyond * beyond;
      this.#largest[i] = Math.max(this.#largest[i] as number, Math.abs(value));
    }
  }

  /**
   * @param where names the rows in the error
   * @throws LifelongError `data` for the first column whose numbers are all too small for float32, or one of them too large
   */
  checkRange(where: string): void {
    this.#largest.forEach((largest, i) => {
      if (isInFloatRange(largest)) return;
      throw new LifelongError(
        'data',
        `${where}: value ${i} of ${this.#largest.length}: numbers from ${smallestFloat.toPrecision(2)} to ${largestFloat.toPrecision(2)}, as float32 ` +
          `has them, expected, found ${largest}`,
        'give them in another unit, or leave them out',
      );
    });
  }

  /**
   * @param where names the rows in the error
   * @param names of the columns; their positions by default
   * @throws LifelongError `data` for the first column that varies less than float32 can say
   */
  check(where: string, names: readonly string[] = []): void {
    this.#largest.forEach((largest, i) => {
      if (largest < large || !Number.isFinite(largest)) return;
      const mean = (this.#sums[i] as number) / this.#count;
      const deviation = Math.sqrt(Math.max(0, (this.#squares[i] as number) / this.#count - mean * mean));
      const step = 2 ** (Math.floor(Math.log2(largest)) - 23);
      if (deviation === 0 || deviation >= leastSteps * step) return;
      const column = names[i] === undefined ? `value ${i} of ${names.length || this.#largest.length}` : `column "${names[i]}"`;
      throw new LifelongError(
        'data',
        `${where}: ${column}: numbers that float32 can tell apart expected, found numbers up to ${largest} ` +
          `with a deviation of ${deviation.toPrecision(3)}, where float32 has steps of ${step}`,
        `subtract ${Math.round((this.#first[i] as number) + mean)} from all of them, or leave them out`,
      );
    });
  }
}
