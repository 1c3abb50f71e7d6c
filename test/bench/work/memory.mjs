// Training steps for what they leave behind: answers with the number of tensors.
import { tf } from '../../../dist/nn/backend.js';
import * as step from './expert-step.mjs';

const counted = (variant) => (options) => {
  const play = variant(options);
  return () => {
    for (let i = 0; i < options.stepsPerTurn; i++) play();
    return tf.memory().numTensors;
  };
};

export const compiled = counted(step.compiled);
export const plain = counted(step.plain);
