import { LifelongError } from '../core/errors.js';

/**
 * Refuses NaN and infinities.
 *
 * @param values row-major, `length` values a sample
 * @param where names the samples in the error, such as `task "3" train`
 * @throws LifelongError `data` naming the first sample and value that is not finite
 */
export function checkFinite(values: ArrayLike<number>, length: number, where: string): void {
  for (let i = 0; i < values.length; i++) {
    if (Number.isFinite(values[i])) continue;
    const [sample, at] = [Math.floor(i / length), i % length];
    throw new LifelongError(
      'data',
      `${where}: finite numbers expected, found ${String(values[i])} in sample ${sample} (value ${at} of ${length})`,
      'remove the sample or fill in the missing value',
    );
  }
}
