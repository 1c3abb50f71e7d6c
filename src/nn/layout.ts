import type { NamedArray } from '../core/snapshot.js';
import type { Random } from '../core/random.js';
import { LifelongError } from '../core/errors.js';
import { tf, type Tensor } from './backend.js';
import { orthonormalize } from './orthonormalize.js';

/**
 * How a weight starts: uniform in ±1/sqrt(fanIn) (PyTorch's default for convolutions and linear layers), as one value
 * with normal noise of deviation `spread`, if any, as these, as random orthonormal rows, which stay so when they train, or uniform in
 * [0, 1) and `within` these bounds for good.
 */
export type Initial =
  | { readonly fanIn: number }
  | { readonly value: number; readonly spread?: number }
  | { readonly values: Float32Array }
  | { readonly orthonormal: true }
  | { readonly within: readonly [least: number, most: number] };

export interface WeightSpec {
  readonly name: string;
  readonly shape: readonly number[];
  readonly initial: Initial;
}

/**
 * Where named weights lie in one flat vector. Training keeps all weights of a network in one vector `[size]`: clipping is one norm,
 * the optimizer three operations, and a checkpoint one read.
 */
export interface Layout {
  readonly weights: readonly WeightSpec[];
  readonly size: number;
}

const elements = (shape: readonly number[]) => shape.reduce((product, length) => product * length, 1);

export function layoutOf(weights: readonly WeightSpec[]): Layout {
  return { weights, size: weights.reduce((sum, { shape }) => sum + elements(shape), 0) };
}

/** Starting values of all weights, `[size]`. */
export function initialValues(layout: Layout, random: Random): Float32Array {
  const flat = new Float32Array(layout.size);
  let offset = 0;
  for (const { shape, initial } of layout.weights) {
    const end = offset + elements(shape);
    if ('value' in initial) {
      const { value, spread } = initial;
      flat.fill(value, offset, end);
      if (spread !== undefined) for (let i = offset; i < end; i++) flat[i] = value + spread * random.normal();
    } else if ('values' in initial) flat.set(initial.values, offset);
    else if ('orthonormal' in initial) {
      const data = Float32Array.from({ length: end - offset }, () => random.normal());
      flat.set(orthonormalize({ data, width: shape.at(-1) ?? 1 }), offset);
    } else if ('within' in initial) for (let i = offset; i < end; i++) flat[i] = random.uniform();
    else {
      const bound = 1 / Math.sqrt(initial.fanIn);
      for (let i = offset; i < end; i++) flat[i] = (2 * random.uniform() - 1) * bound;
    }
    offset = end;
  }
  return flat;
}

/** The vector's weights as tensors in their own shapes, by name; differentiable. */
export function splitWeights(layout: Layout, flat: Tensor): Map<string, Tensor> {
  const { weights } = layout;
  if (weights.length === 0) return new Map();
  const sizes = weights.map(({ shape }) => elements(shape));
  const parts = sizes.length === 1 ? [flat] : tf.split(flat, sizes); // tfjs has no gradient of a split into one
  const shaped = (part: Tensor, shape: readonly number[]) => (shape.length === 1 ? part : tf.reshape(part, [...shape]));
  return new Map(weights.map(({ name, shape }, i) => [name, shaped(parts[i] ?? flat, shape)]));
}

/** The vector as named arrays, for a checkpoint: views, nothing is copied. */
export function toArrays(layout: Layout, flat: Float32Array): Record<string, NamedArray> {
  let offset = 0;
  return Object.fromEntries(
    layout.weights.map(({ name, shape }) => {
      const start = offset;
      offset += elements(shape);
      return [name, { shape, data: flat.subarray(start, offset) }];
    }),
  );
}

/**
 * The flat vector of these named arrays; arrays that the layout does not name are left out.
 *
 * @throws LifelongError `run-corrupt` when a weight is missing or has another shape
 */
export function fromArrays(layout: Layout, arrays: Readonly<Record<string, NamedArray>>, owner: string): Float32Array {
  const flat = new Float32Array(layout.size);
  let offset = 0;
  for (const { name, shape } of layout.weights) {
    const array = arrays[name];
    if (array?.shape.join() !== shape.join()) {
      throw new LifelongError(
        'run-corrupt',
        `${owner}: weight ${name} of shape [${shape.join()}] expected, found ${array ? `[${array.shape.join()}]` : 'none'}`,
      );
    }
    flat.set(array.data, offset);
    offset += elements(shape);
  }
  return flat;
}

/**
 * The vector of one layout as that of another: weights by name, the last axis cut off or filled up with zeros where it differs, and zeros for what
 * only the other has.
 */
export function convertVector(from: Layout, flat: Float32Array, to: Layout): Float32Array {
  const converted = new Float32Array(to.size);
  const arrays = toArrays(from, flat);
  for (const [name, { shape, data }] of Object.entries(toArrays(to, converted))) {
    const source = arrays[name];
    if (!source) continue;
    const [width = 1, sourceWidth = 1] = [shape.at(-1), source.shape.at(-1)];
    if (width === sourceWidth) data.set(source.data);
    else {
      for (let row = 0; row * width < data.length; row++) {
        data.set(source.data.subarray(row * sourceWidth, row * sourceWidth + Math.min(width, sourceWidth)), row * width);
      }
    }
  }
  return converted;
}
