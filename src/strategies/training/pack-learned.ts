import type { NamedArray } from '../../core/snapshot.js';
import { headLayout } from '../../nn/head.js';
import { toArrays } from '../../nn/layout.js';
import type { Network } from '../../nn/network.js';
import type { ExpertVectors } from './frozen-expert.js';

type Packed = Readonly<Record<string, NamedArray>>;

const packed = new WeakMap<object, Packed>();

/**
 * What is learned is replaced when it changes, not written to, so it is packed once: every snapshot has the same object for it, which tells a
 * checkpoint that there is nothing new.
 */
export function packOnce(learned: object, pack: () => Packed): Packed {
  const arrays = packed.get(learned) ?? pack();
  packed.set(learned, arrays);
  return arrays;
}

/** An expert's weights and running statistics as named arrays. */
export function packVectors({ declaration: { parameters, statistics } }: Network, vectors: ExpertVectors): Packed {
  return packOnce(vectors, () => ({ ...toArrays(parameters, vectors.parameters), ...toArrays(statistics, vectors.statistics) }));
}

/** A task's head as named arrays. */
export function packHead({ featureSize }: Network, classes: number, head: Float32Array): Packed {
  return packOnce(head, () => toArrays(headLayout(featureSize, classes), head));
}
