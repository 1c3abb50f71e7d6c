import type { FrozenWeights } from '../core/frozen-weights.js';
import { tf, type Tensor } from './backend.js';

/** Tensors of frozen weights by name, in the shapes of the weights. */
export type FrozenTensors = Readonly<Record<string, Tensor>>;

/** Frozen weights on TensorFlow's side, by content: whatever reads them reads the same tensors. */
export interface FrozenStore {
  /** The tensors of these weights, as inputs of a step. They belong to the store. */
  inputs(weights: FrozenWeights): Readonly<Record<string, Tensor>>;
  /** Frees the tensors of these weights. */
  release(weights: FrozenWeights): void;
  dispose(): void;
}

export function createFrozenStore(): FrozenStore {
  const stored = new Map<string, Record<string, Tensor>>();
  return {
    inputs({ sha256, arrays }) {
      const tensors =
        stored.get(sha256) ??
        Object.fromEntries(
          Object.entries(arrays).map(([name, { shape, data }]) => [frozenInput(name), tf.keep(tf.tensor(data, [...shape]))] as const),
        );
      stored.set(sha256, tensors);
      return tensors;
    },
    release({ sha256 }) {
      tf.dispose(stored.get(sha256) ?? []);
      stored.delete(sha256);
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
