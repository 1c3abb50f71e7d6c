import type { FrozenWeights } from '../core/frozen-weights.js';
import { tf, type Tensor } from './backend.js';

/** Tensors of frozen weights by name, in the shapes of the weights. */
export type FrozenTensors = Readonly<Record<string, Tensor>>;

/** Frozen weights on TensorFlow's side, by content: whatever reads them reads the same tensors. */
export interface FrozenStore {
  /** The tensors of these weights, as inputs of a step. They belong to the store. */
  inputs(weights: FrozenWeights): Readonly<Record<string, Tensor>>;
  dispose(): void;
}

/** Sets of frozen weights that are kept; a run works with one or two at a time. */
const limit = 8;

export function createFrozenStore(): FrozenStore {
  const stored = new Map<string, Record<string, Tensor>>();
  return {
    inputs({ sha256, arrays }) {
      const tensors =
        stored.get(sha256) ??
        Object.fromEntries(
          Object.entries(arrays).map(([name, { shape, data }]) => [frozenInput(name), tf.keep(tf.tensor(data, [...shape]))] as const),
        );
      stored.delete(sha256);
      stored.set(sha256, tensors);
      for (const [oldest, unused] of stored) {
        if (stored.size <= limit) break;
        tf.dispose(unused);
        stored.delete(oldest);
      }
      return tensors;
    },
    dispose() {
      tf.dispose([...stored.values()]);
      stored.clear();
    },
  };
}

/** The frozen weights among the inputs of a step, by their own names. */
export function frozenTensors(weights: FrozenWeights | undefined, inputs: Readonly<Record<string, Tensor | undefined>>): FrozenTensors {
  const names = Object.keys(weights?.arrays ?? {});
  return Object.fromEntries(names.map((name) => [name, inputs[frozenInput(name)] as Tensor]));
}

/** A frozen weight's name among the inputs of a step: one that no other input has. */
export const frozenInput = (weight: string) => `frozen/${weight}`;
