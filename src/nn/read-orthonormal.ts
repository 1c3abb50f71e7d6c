import { LifelongError } from '../core/errors.js';
import type { Layout } from './layout.js';
import { orthonormalityError, orthonormalize } from './orthonormalize.js';

/**
 * A network's vector as it is read back: rows that are to be orthonormal and nearly are made so.
 *
 * @param owner names it in errors
 * @throws LifelongError `run-corrupt` for rows that are farther than 1e-3 from orthonormal
 */
export function readOrthonormal({ weights }: Layout, flat: Float32Array, owner: string): Float32Array {
  let mended = flat;
  let start = 0;
  for (const { name, shape, initial } of weights) {
    const [count = 0, width = 1] = shape;
    const end = start + shape.reduce((product, side) => product * side, 1);
    if ('orthonormal' in initial) {
      const rows = { data: flat.subarray(start, end), width };
      const error = orthonormalityError(rows);
      if (error > 1e-3) {
        const found = `${owner}: weight ${name} of ${count} orthonormal rows expected, found rows that are ${error.toPrecision(2)} from it`;
        throw new LifelongError('run-corrupt', found, 'the file holds other weights than training left');
      }
      if (error > 1e-5) {
        mended = mended === flat ? flat.slice() : mended;
        mended.set(orthonormalize(rows), start);
      }
    }
    start = end;
  }
  return mended;
}
