import type { Examples, Split } from '../core/task.js';
import { zerosOf, dtypeOf } from '../core/input.js';

/**
 * Several splits of one size and one shape of inputs as one: all examples of the first, then all of the next.
 *
 * @param splits one or more
 */
export function joinSplits(splits: readonly [Split, ...Split[]]): Split {
  const [first] = splits;
  return {
    size: first.size * splits.length,
    async labels() {
      const labels = await Promise.all(splits.map((split) => split.labels()));
      return Int32Array.from(labels.flatMap((part) => [...part]));
    },
    async read(indices) {
      const groups = splits.map((_, s) => indices.filter((index) => Math.floor(index / first.size) === s));
      const parts: Examples[] = [];
      for (const [s, group] of groups.entries()) parts.push(await (splits[s] ?? first).read(group.map((index) => index % first.size)));
      const { shape, inputs: some } = parts[0] ?? (await first.read(new Int32Array(0)));
      const length = shape.reduce((product, size) => product * size, 1);
      const [inputs, labels] = [zerosOf(dtypeOf(some), indices.length * length), new Int32Array(indices.length)];
      const taken = new Int32Array(splits.length);
      for (const [i, index] of indices.entries()) {
        const s = Math.floor(index / first.size);
        const [part, at] = [parts[s], taken[s] ?? 0];
        if (!part) continue;
        inputs.set(part.inputs.subarray(at * length, (at + 1) * length), i * length);
        labels[i] = part.labels[at] ?? 0;
        taken[s] = at + 1;
      }
      return { shape, inputs, labels };
    },
  };
}
