import { expect, it } from 'vitest';
import { random } from '../../../src/core/random.js';
import { tf, type Tensor } from '../../../src/nn/backend.js';
import { compile } from '../../../src/nn/compile/compile.js';
import { headLayout } from '../../../src/nn/head.js';
import { initialValues } from '../../../src/nn/layout.js';
import { trainingStep } from '../../../src/nn/training-step.js';
import { pathNetwork } from '../../search/path-network.js';

it('gives the same digits each time, though its operations run at the same time', () => {
  const operations = ['sep_conv_3x3'] as const;
  const path = new Array<number>(14).fill(0);
  const network = pathNetwork({ operations, channels: 16, cells: 4, inputShape: [28, 28, 1] }, { normal: path, reduce: path });
  const head = headLayout(network.featureSize, 3);
  const source = random(1, 'repeat');
  const inputs: Record<string, Tensor> = {
    weights: tf.tensor1d([...initialValues(network.declaration.parameters, source), ...initialValues(head, source)]),
    statistics: tf.tensor1d(initialValues(network.declaration.statistics, source)),
    x: tf.tensor(
      Float32Array.from({ length: 64 * 28 * 28 }, () => source.normal()),
      [64, 28, 28, 1],
    ),
    y: tf.tensor1d(
      Int32Array.from({ length: 64 }, (_, i) => i % 3),
      'int32',
    ),
    learningRate: tf.scalar(0.01),
  };
  inputs['velocity'] = tf.zerosLike(inputs['weights'] as Tensor);
  const step = compile(trainingStep(network, [3], { momentum: 0.9, weightDecay: 0.003, clip: 5 }));
  const weights = Array.from({ length: 12 }, () => {
    const outputs = step.run(inputs);
    const values = outputs['weights']?.dataSync().slice();
    tf.dispose(outputs);
    return values;
  });
  expect(step.engine).toBe('compiled');
  for (const again of weights) expect(again).toEqual(weights[0]);
  step.dispose();
  tf.dispose(inputs);
});
