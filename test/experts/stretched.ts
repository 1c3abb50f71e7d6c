import { z } from 'zod';
import type { NamedArray } from '../../src/core/snapshot.js';
import { defineStrategy, frozenBackbone, recipeShape, scopedNetwork, sharedNetwork, tf } from '../../src/extend.js';
import type { ExpertKind, FrozenBase } from '../../src/extend.js';
import { random } from '../../src/index.js';
import { tinyTask } from '../support/tiny-tasks.js';

/** Numbers of an example, and features. */
const [length, features] = [64, 24];

/** A random network as a backbone: the tanh of a linear map. */
export function randomBackbone(seed = 0, name = 'random'): FrozenBase {
  const source = random(seed, 'backbone');
  const draw = (...shape: number[]): NamedArray => {
    const size = shape.reduce((product, side) => product * side, 1);
    return { shape, data: Float32Array.from({ length: size }, () => 0.2 * source.normal()) };
  };
  return frozenBackbone(name, { kernel: draw(length, features), bias: draw(features) });
}

/** A scale and a shift for every feature of what it stands on: a {@link randomBackbone}, or a perceptron's last layer. */
export const stretched: ExpertKind<{ kind: 'stretched' }> = {
  kind: 'stretched',
  schema: z.strictObject({ kind: z.literal('stretched') }),
  accepts: ({ shape }) => shape.join() === '8,8,1' || 'images of 8 x 8',
  network: (_, input, on) =>
    scopedNetwork(
      `stretched ${JSON.stringify({ input, on: on?.expert?.network.key ?? 'random' })}`,
      input,
      (scope, x) => {
        const under = on?.expert
          ? on.expert.network.infer(scope.frozen('parameters'), scope.frozen('statistics'), {}, x)
          : tf.tanh(tf.add(tf.matMul(tf.reshape(x, [-1, length]), scope.frozen('kernel') as never), scope.frozen('bias')));
        const width = [under.shape[1] ?? 0];
        return tf.add(tf.mul(under, scope.weight('scale', width, { value: 1 })), scope.weight('shift', width, { value: 0 }));
      },
      on?.weights,
    ),
};

/** For every task scales and shifts of its own on one backbone. */
export const stretch = (backbone: FrozenBase) =>
  defineStrategy({
    name: 'stretch',
    options: recipeShape,
    create: (options) =>
      sharedNetwork('stretch', options, () => ({ kind: 'stretched' }), { kinds: [stretched], separate: true, on: () => backbone }),
  });

export const quick = { epochs: 6, batchSize: 16, learningRate: 0.1 } as const;
export const tasks = () => ['a', 'b', 'c'].map((id, i) => tinyTask(id, i, { train: 48 }));
