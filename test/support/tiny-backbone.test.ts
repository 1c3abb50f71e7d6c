import { expect, it } from 'vitest';
import { loadBackbone } from '../../src/backbones/registry.js';
import { backboneFeatures } from '../../src/features/backbone-features.js';
import { tinyImageTasks, writeTinyLite0 } from './tiny-backbone.js';

/** Mean of each class's features, and the deviation within classes, over features. */
function classMeans(features: Float32Array, labels: readonly string[]) {
  const size = features.length / labels.length;
  const names = [...new Set(labels)];
  const means = names.map((name) => {
    const rows = labels.flatMap((label, i) => (label === name ? [features.subarray(i * size, (i + 1) * size)] : []));
    return Float64Array.from({ length: size }, (_, d) => rows.reduce((sum, row) => sum + (row[d] ?? 0), 0) / rows.length);
  });
  const squares = labels.map((label, i) => {
    const mean = means[names.indexOf(label)] as Float64Array;
    return mean.reduce((sum, value, d) => sum + ((features[i * size + d] ?? 0) - value) ** 2, 0);
  });
  return { means, within: Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / labels.length) };
}

it('the tiny backbone tells the colours of tiny image tasks apart, whatever its seed', async () => {
  for (let seed = 0; seed < 20; seed++) {
    const extractor = backboneFeatures(await loadBackbone(`efficientnet-lite0:${writeTinyLite0(seed)}@32`));
    for (const { test } of tinyImageTasks) {
      const { inputs, labels } = test as { inputs: Float32Array; labels: string[] };
      const features = await extractor.extract({ inputs, shape: [12, 12, 3], labels: new Int32Array(labels.length) });
      const { means, within } = classMeans(features, labels);
      const [one, other] = means as [Float64Array, Float64Array];
      const apart = Math.sqrt(one.reduce((sum, value, d) => sum + (value - (other[d] ?? 0)) ** 2, 0));
      // half way between the means is then more than a deviation from each, were all of it in this direction
      expect(apart / within, `seed ${seed}`).toBeGreaterThan(2.5);
    }
    extractor.dispose();
  }
});
