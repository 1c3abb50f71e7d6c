import { expect, it } from 'vitest';
import { tf, type Tensor } from '../../src/nn/backend.js';
import { distillationLoss } from '../../src/nn/distillation.js';
import { golden, type GoldenTensor } from './golden.js';

it('distillation loss and gradient are the published ones', () => {
  const { temperature, student, teacher, loss, gradStudent } = golden('distillation.json') as {
    temperature: number;
    student: GoldenTensor;
    teacher: GoldenTensor;
    loss: number;
    gradStudent: GoldenTensor;
  };
  const fixed = tf.tensor(teacher.data, teacher.shape);
  const { value, grad } = tf.valueAndGrad((logits: Tensor) => distillationLoss(logits, fixed, temperature).asScalar())(
    tf.tensor(student.data, student.shape),
  );
  expect(Math.abs((value.dataSync()[0] ?? NaN) - loss)).toBeLessThanOrEqual(1e-5);
  grad.dataSync().forEach((actual, i) => expect(Math.abs(actual - (gradStudent.data[i] ?? NaN))).toBeLessThanOrEqual(1e-5));
});
