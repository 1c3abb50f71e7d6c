import type { Random } from '../core/random.js';
import type { DivergenceOptions, Estimator } from './divergence.js';
import { prototypes } from './prototypes.js';

/** Fewest samples of a class that can be halved into two prototypes with a spread of their own. */
const fewest = 4;

/**
 * The divergence between two random halves of a task's own validation samples, the mean of both ways: what "the same task" looks like through
 * these features. Halves have fewer samples than tasks, so it errs upwards.
 *
 * @param features `[n, D]`
 * @param labels `[n]`, in 0..classes-1
 * @returns null when a class has fewer than four samples
 */
export function noiseFloor(
  features: Float32Array,
  labels: Int32Array,
  classes: number,
  estimate: Estimator,
  options: DivergenceOptions,
  source: Random,
): number | null {
  const counts = new Int32Array(classes);
  for (const label of labels) counts[label] = (counts[label] ?? 0) + 1;
  if (counts.some((count) => count < fewest)) return null;

  const size = features.length / labels.length;
  const halves: number[][] = [[], []];
  const seen = new Int32Array(classes);
  for (const sample of source.permutation(labels.length)) {
    const label = labels[sample] ?? 0;
    const turn = (seen[label] = (seen[label] ?? 0) + 1);
    halves[turn % 2]?.push(sample);
  }
  const [a, b] = halves.map((samples) => {
    const rows = new Float32Array(samples.length * size);
    samples.forEach((sample, row) => rows.set(features.subarray(sample * size, (sample + 1) * size), row * size));
    const classesOf = Int32Array.from(samples, (sample) => labels[sample] ?? 0);
    return { rows, labels: classesOf, prototypes: prototypes(rows, classesOf, classes) };
  }) as [Half, Half];
  const oneWay = (from: Half, to: Half) => estimate(from.rows, from.labels, from.prototypes, [to.prototypes], options)[0]?.divergence ?? 0;
  return (oneWay(a, b) + oneWay(b, a)) / 2;
}

interface Half {
  readonly rows: Float32Array;
  readonly labels: Int32Array;
  readonly prototypes: ReturnType<typeof prototypes>;
}
