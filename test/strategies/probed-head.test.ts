import { describe, expect, it } from 'vitest';
import { random } from '../../src/core/random.js';
import type { Task } from '../../src/core/task.js';
import { arraySplit } from '../../src/data/array-split.js';
import { scopedNetwork } from '../../src/nn/network.js';
import { createStepCache } from '../../src/nn/step-cache.js';
import { probedHead } from '../../src/strategies/shared/probed-head.js';

const [count, size, classes, decay] = [60, 5, 3, 0.1] as const;
const source = random(1, 'probed-head');
const labels = Int32Array.from({ length: count }, (_, i) => i % classes);
/** Features of other units each, the last of which never changes. */
const rows = Float32Array.from({ length: count * size }, (_, at) => {
  const feature = at % size;
  if (feature === size - 1) return 2;
  return 10 ** feature * (source.normal() + (labels[Math.floor(at / size)] === feature ? 1 : 0) + feature);
});
const split = arraySplit([size], rows, labels);
const input = { domain: 'vector', shape: [size], dtype: 'float32' } as const;
const task = {
  id: 't',
  index: 0,
  name: 't',
  classes: ['a', 'b', 'c'],
  input,
  normalization: null,
  augment: [],
  train: split,
  validation: split,
  test: split,
} satisfies Task;

describe('the head that training on frozen weights begins with', () => {
  it('is where the gradient of logistic regression on standardized features vanishes', async () => {
    const steps = createStepCache('eager');
    const network = scopedNetwork('as they are', input, (_, x) => x);
    const head = await probedHead({ task, network, steps }, { parameters: new Float32Array(0), statistics: new Float32Array(0) });
    steps.dispose();
    const column = (feature: number) => Array.from({ length: count }, (_, i) => rows[i * size + feature] ?? 0);
    const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    const deviations = Array.from({ length: size }, (_, f) => Math.sqrt(mean(column(f).map((value) => (value - mean(column(f))) ** 2))));
    const errors = Array.from({ length: count }, (_, i) => {
      const logits = Array.from({ length: classes }, (_, c) => {
        const products = Array.from({ length: size }, (_, f) => (rows[i * size + f] ?? 0) * (head[f * classes + c] ?? 0));
        return products.reduce((sum, value) => sum + value, head[size * classes + c] ?? NaN);
      });
      const total = logits.reduce((sum, logit) => sum + Math.exp(logit), 0);
      return logits.map((logit, c) => Math.exp(logit) / total - (labels[i] === c ? 1 : 0));
    });
    for (let c = 0; c < classes; c++) {
      expect(mean(errors.map((row) => row[c] ?? NaN))).toBeCloseTo(0, 4); // biases do not decay
      for (let f = 0; f < size - 1; f++) {
        const deviation = Math.max(deviations[f] ?? NaN, (deviations.toSorted((a, b) => a - b)[size >> 1] ?? NaN) / 5);
        const standardized = column(f).map((value) => (value - mean(column(f))) / deviation);
        const weight = (head[f * classes + c] ?? NaN) * deviation;
        expect(mean(errors.map((row, i) => (row[c] ?? NaN) * (standardized[i] ?? NaN))) + decay * weight).toBeCloseTo(0, 4);
      }
    }
  });
});
