import type { Groups } from '../../experts/memory.js';
import type { FitVectors } from '../../nn/fit.js';
import { vector, type TrainingContext } from './method.js';

/**
 * A penalty 1/2 sum of importance (w - anchor)^2 on the first weights of a network. The sum of several such penalties is, up to a constant, one of
 * this form (their importances add up, the anchor is the weighted mean), so that one pair of vectors is kept whatever the number of tasks.
 */
export interface QuadraticPenalty {
  readonly importance: Float32Array;
  readonly anchor: Float32Array;
}

const group = 'memory/importance';

/** The penalty that a method has kept; undefined before its first task. */
export function keptPenalty(kept: Groups): QuadraticPenalty | undefined {
  const { importance, anchor } = kept[group] ?? {};
  return importance && anchor && { importance: importance.data as Float32Array, anchor: anchor.data as Float32Array };
}

export function keepPenalty({ importance, anchor }: QuadraticPenalty): Groups {
  return { [group]: { importance: vector(importance), anchor: vector(anchor) } };
}

/** How many weights a penalty holds: those of the network, and of the heads where earlier ones train along. */
export function heldLength({ settings, initial, expert }: TrainingContext): number {
  return settings.softmaxOver === 'seen' ? initial.weights.length : expert.network.declaration.parameters.size;
}

/** The penalty of one task: importances of all weights around where training left them. */
export function penaltyAround(training: TrainingContext, { weights }: FitVectors, importance: Float32Array): QuadraticPenalty {
  const held = heldLength(training);
  return { importance: importance.slice(0, held), anchor: weights.slice(0, held) };
}

/** The sum of a penalty and one more, by their minimum and curvature; new weights behind the old ones have had no importance. */
export function sumOfPenalties(old: QuadraticPenalty | undefined, more: QuadraticPenalty): QuadraticPenalty {
  if (!old) return more;
  const importance = more.importance.map((value, i) => value + (old.importance[i] ?? 0));
  const anchor = more.anchor.map((value, i) => {
    const total = importance[i] ?? 0;
    return total > 0 ? (value * (more.importance[i] ?? 0) + (old.anchor[i] ?? 0) * (old.importance[i] ?? 0)) / total : value;
  });
  return { importance, anchor };
}

/** Importances added up after the old ones faded by `gamma`, around where the weights are now. */
export function movedPenalty(old: QuadraticPenalty | undefined, more: QuadraticPenalty, gamma: number): QuadraticPenalty {
  return { anchor: more.anchor, importance: more.importance.map((value, i) => value + gamma * (old?.importance[i] ?? 0)) };
}
