import { describe, expect, it } from 'vitest';
import { random } from '../../src/core/random.js';
import { tf, type Tensor } from '../../src/nn/backend.js';
import { initialValues, layoutOf } from '../../src/nn/layout.js';
import { retracted, tangent } from '../../src/nn/orthonormal-rows.js';
import { orthonormalityError, orthonormalize } from '../../src/nn/orthonormalize.js';
import { readOrthonormal } from '../../src/nn/read-orthonormal.js';
import { differences, largest, normals, orthonormalRows } from '../support/normals.js';

describe('orthonormal rows', () => {
  const [r, d] = [4, 24];
  const layout = layoutOf([
    { name: 'a', shape: [3], initial: { value: 1 } },
    { name: 'R', shape: [r, d], initial: { orthonormal: true } },
    { name: 'b', shape: [2, 5], initial: { fanIn: 5 } },
  ]);
  const beside = orthonormalRows(6, d, 'beside');
  const start = initialValues(layout, random(1));
  const part = (flat: Float32Array) => ({ data: flat.slice(3, 3 + r * d), width: d });
  const run = (make: () => Tensor) => tf.tidy(make).dataSync<'float32'>().slice();
  const products = (a: Float32Array, b: Float32Array, width: number) =>
    run(() => tf.matMul(tf.tensor(a, [a.length / width, width]), tf.tensor(b, [b.length / width, width]), false, true));

  it('begin so, and stay so for a thousand steps of SGD, beside others too; other weights go their own way', () => {
    expect(orthonormalityError(part(start))).toBeLessThan(1e-6);
    let weights = start;
    let plain = start;
    for (let step = 0; step < 1000; step++) {
      const gradient = normals(layout.size, 'gradient', step);
      weights = run(() => {
        const [at, g, others] = [tf.tensor1d(weights), tf.tensor1d(gradient), tf.tensor1d(beside)];
        return retracted(layout, tf.sub(at, tf.mul(0.03, tangent(layout, g, at, others))), others);
      });
      plain = plain.map((value, i) => Math.fround(value - Math.fround(Math.fround(0.03) * (gradient[i] ?? NaN))));
    }
    expect(orthonormalityError(part(weights))).toBeLessThan(1e-5);
    expect(largest(products(part(weights).data, beside, d))).toBeLessThan(1e-5);
    expect(largest(products(part(weights).data, part(start).data, d))).toBeLessThan(0.99);
    expect(largest(differences(weights.slice(0, 3), plain.slice(0, 3)))).toBeLessThan(1e-4);
  });

  it('move along what they may be: a tangent changes no product of two rows', () => {
    const g = normals(layout.size, 'g');
    const at = start.slice();
    at.set(orthonormalize(part(start), { data: beside, width: d }), 3);
    const moved = part(run(() => tangent(layout, tf.tensor1d(g), tf.tensor1d(at), tf.tensor1d(beside))));
    const turned = products(moved.data, part(at).data, d);
    for (let a = 0; a < r; a++)
      for (let b = 0; b < r; b++) expect(Math.abs((turned[a * r + b] ?? NaN) + (turned[b * r + a] ?? NaN))).toBeLessThan(1e-5);
    expect(largest(products(moved.data, beside, d))).toBeLessThan(1e-5);
  });

  it('are orthonormal after steps that are far too long, by Gram and Schmidt', () => {
    for (const scale of [1e-3, 1e-2, 1, 1e3]) {
      const far = start.slice();
      for (let row = 0; row < r; row++)
        for (let j = 0; j < d; j++) far[3 + row * d + j] = scale ** row * ((start[3 + row * d + j] ?? 0) + (start[3 + j] ?? 0));
      const back = part(run(() => retracted(layout, tf.tensor1d(far))));
      expect(orthonormalityError(back), `scale ${scale}`).toBeLessThan(1e-5);
    }
  });

  it('that are not are refused when they are read, and mended where they nearly are', () => {
    const off = (by: number) => start.map((value, i) => (i >= 3 && i < 3 + d ? value * (1 + by) : value));
    expect(readOrthonormal(layout, start, 'e0')).toBe(start);
    const mended = readOrthonormal(layout, off(1e-4), 'e0');
    expect(orthonormalityError(part(mended))).toBeLessThan(1e-6);
    expect(() => readOrthonormal(layout, off(0.1), 'expert e0')).toThrow(
      'expert e0: weight R of 4 orthonormal rows expected, found rows that are 0.21 from it',
    );
    expect(() => readOrthonormal(layout, off(NaN), 'e0')).toThrow('found rows that are Infinity from it');
    expect(() => orthonormalize({ data: Float32Array.of(1, 0, 2, 0), width: 2 })).toThrow('row 1 of 2 depends on those before it');
  });
});
