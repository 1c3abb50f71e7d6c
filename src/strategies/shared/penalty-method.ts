import { expertOf } from '../../experts/memory.js';
import type { FitVectors } from '../../nn/fit.js';
import type { StepTerm } from '../../nn/training-step.js';
import type { PenaltyOptions } from './baseline-options.js';
import type { Method, TrainingContext } from './method.js';
import { keepOwn, ownPlaces, withOwn } from './own-weights.js';
import { penaltyTerm } from './penalty-term.js';
import { keepPenalty, keptPenalty, type QuadraticPenalty } from './quadratic-penalty.js';

/** What distinguishes one method with a quadratic penalty from the others. */
export interface PenaltyRule {
  /** Of the kept penalty in the loss. */
  readonly factor: number;
  /** What else it adds to the training step. */
  readonly terms?: readonly StepTerm[];
  /** What training starts with besides the weights. */
  readonly start?: (training: TrainingContext) => Pick<FitVectors, 'carried'>;
  /** The penalty after a task, from the one before it. */
  readonly next: (
    training: TrainingContext,
    trained: FitVectors,
    old: QuadraticPenalty | undefined,
  ) => QuadraticPenalty | Promise<QuadraticPenalty>;
}

/**
 * Finetuning held by a quadratic penalty. Scales, offsets and running statistics of batch norms are each task's own where `norms` says so: they are
 * what a penalty holds worst, for they change the whole network's features at once.
 */
export function heldByPenalty(options: PenaltyOptions, { factor, terms = [], start: more, next }: PenaltyRule): Method {
  const own = ownNorms(options);
  return {
    plan({ memory, rule, ...training }, { start }) {
      const penalty = keptPenalty(memory.kept);
      const begin = { ...start, ...more?.({ memory, rule, ...training }) };
      if (!penalty) return { start: begin, terms };
      const importance = penalty.importance.map((value) => factor * value);
      return { start: begin, terms: [penaltyTerm(rule), ...terms], constants: { importance, anchor: penalty.anchor } };
    },
    async keep(training, trained) {
      const penalty = await next(training, trained, keptPenalty(training.memory.kept));
      if (!own) return keepPenalty(penalty);
      const importance = penalty.importance.slice();
      for (const { start, end } of ownPlaces(training.expert.network.declaration.parameters)) importance.fill(0, start, end);
      return { ...keepPenalty({ ...penalty, importance }), ...keepOwn(training, trained) };
    },
    ...(own && { view: (memory, task) => withOwn(memory, task, expertOf(memory, task).vectors.parameters) }),
  };
}

/** Perceptrons have no batch norms, and old heads that train along read features of the latest ones. */
function ownNorms({ norms, network, softmaxOver }: PenaltyOptions): boolean {
  return network === 'cells' && softmaxOver === 'task' && norms === 'task';
}
