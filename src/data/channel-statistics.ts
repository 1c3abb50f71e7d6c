import type { Normalization, Split } from '../core/task.js';

const block = 1024;

/** Values that differ by less of themselves, four steps of float32, differ by rounding alone. */
const leastRange = 2 ** -21;

/**
 * Mean and standard deviation of each channel (the last axis), in one streamed pass with double sums.
 *
 * A channel that does not vary beyond the rounding of float32 gets deviation 1, so that it can be divided by.
 *
 * @param positions which examples to look at; all of them by default
 */
export async function channelStatistics(
  split: Split,
  positions: Int32Array = Int32Array.from({ length: split.size }, (_, i) => i),
): Promise<Normalization> {
  let sums = new Float64Array(0);
  let squares = new Float64Array(0);
  let smallest = new Float64Array(0);
  let largest = new Float64Array(0);
  let values = 0;
  for (let start = 0; start < positions.length; start += block) {
    const { shape, inputs } = await split.read(positions.subarray(start, start + block));
    const channels = shape.at(-1) ?? 1;
    if (sums.length === 0) {
      [sums, squares] = [new Float64Array(channels), new Float64Array(channels)];
      [smallest, largest] = [new Float64Array(channels).fill(Infinity), new Float64Array(channels).fill(-Infinity)];
    }
    for (let c = 0; c < channels; c++) {
      let [sum, square, low, high] = [0, 0, smallest[c] as number, largest[c] as number];
      for (let i = c; i < inputs.length; i += channels) {
        const value = inputs[i] as number;
        sum += value;
        square += value * value;
        if (value < low) low = value;
        if (value > high) high = value;
      }
      sums[c] = (sums[c] as number) + sum;
      squares[c] = (squares[c] as number) + square;
      [smallest[c], largest[c]] = [low, high];
    }
    values += inputs.length / channels;
  }
  const mean = Array.from(sums, (sum) => sum / values);
  const std = Array.from(squares, (square, c) => Math.sqrt(Math.max(0, square / values - (mean[c] as number) ** 2)));
  const varies = (c: number) => {
    const [low, high] = [smallest[c] as number, largest[c] as number];
    return high - low > leastRange * Math.max(Math.abs(low), Math.abs(high));
  };
  return { mean, std: std.map((deviation, c) => (deviation > 0 && varies(c) ? deviation : 1)) };
}
