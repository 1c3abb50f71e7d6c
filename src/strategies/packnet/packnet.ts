import { random } from '../../core/random.js';
import { expertOf, type Groups, type LearnedTask, type Memory } from '../../experts/memory.js';
import type { ExpertVectors } from '../../experts/vectors.js';
import type { FitVectors } from '../../nn/fit.js';
import { initialValues } from '../../nn/layout.js';
import { parseOptions } from '../options.js';
import { fixedArchitecture } from '../shared/fixed-architecture.js';
import { vector, type TrainingContext } from '../shared/method.js';
import { sharedNetwork } from '../shared/network.js';
import { keepOwn, kernelPlaces, ownPlaces, withOwn } from '../shared/own-weights.js';
import type { Strategy } from '../strategy.js';
import { packnetOptionsSchema, type PacknetOptions } from './options.js';
import { trainableTerm } from './trainable-term.js';

/**
 * PackNet (Mallya & Lazebnik, "PackNet: Adding Multiple Tasks to a Single Network by Iterative Pruning", CVPR 2018). A task trains the weights
 * that no task owns; then, layer by layer, the smallest of them are set to zero and given back, and the others train on and are the task's for good.
 * A task sees its own weights and those of earlier tasks, so its logits never change. Biases and batch norms, scales and running statistics
 * alike, are each task's own.
 *
 * @see docs/strategies.md for the options; those left out have the published values
 * @throws LifelongError `config` for an option that does not exist or cannot have that value
 * @example
 * const strategy = packnet({ prune: 0.6 });
 */
export function packnet(options: Partial<PacknetOptions> = {}): Strategy {
  const settings = parseOptions('packnet', packnetOptionsSchema, options);
  const furtherEpochs = settings.retrainEpochs ?? Math.ceil(settings.epochs / 2);
  return sharedNetwork('packnet', settings, fixedArchitecture(settings), {
    furtherEpochs,
    plan: (training, { number, start }) =>
      number === 0
        ? { start: startOf(training), terms: [trainableTerm], constants: { trainable: freeWeights(training) } }
        : { epochs: furtherEpochs, terms: [trainableTerm], constants: { trainable: survivors(training, start) } },
    nextRound: (training, best, number) => (number === 0 ? prune(training, best, settings.prune) : undefined),
    isolated: true,
    keep: claim,
    view: viewOf,
  });
}

const ownerGroup = 'memory/owners';

/** For each weight the number (from 1) of the task that owns it, in the order of learning; 0: free, or each task's own. */
function ownersOf(kept: Groups, size: number): Int32Array {
  return (kept[ownerGroup]?.['owners']?.data as Int32Array | undefined) ?? new Int32Array(size);
}

/** The network as the tasks before left it, with scales, biases and statistics of its own for the new task. */
function startOf({ initial, expert, earlier, task, seed }: TrainingContext): FitVectors {
  if (earlier.length === 0) return initial;
  const { parameters, statistics } = expert.network.declaration;
  const fresh = initialValues(parameters, random(seed, 'task', task.index, 'expert'));
  const weights = initial.weights.slice();
  for (const { start, end } of ownPlaces(parameters)) weights.set(fresh.subarray(start, end), start);
  return { weights, statistics: initialValues(statistics, random(seed, 'task', task.index, 'statistics')) };
}

/** 1 for each weight that no earlier task owns. */
function freeWeights({ memory, expert, initial }: TrainingContext): Float32Array {
  const { size } = expert.network.declaration.parameters;
  const free = new Float32Array(initial.weights.length).fill(1);
  ownersOf(memory.kept, size).forEach((owner, i) => {
    if (owner > 0) free[i] = 0;
  });
  return free;
}

/** 1 for each weight that trains on after pruning: what `start` left of the free kernels, what is the task's own, and its head. */
function survivors(training: TrainingContext, { weights }: FitVectors): Float32Array {
  const trainable = freeWeights(training);
  for (const { start, end } of kernelPlaces(training.expert.network.declaration.parameters)) {
    for (let i = start; i < end; i++) if (weights[i] === 0) trainable[i] = 0;
  }
  return trainable;
}

/** Sets the smallest free weights of each kernel to zero. */
function prune(training: TrainingContext, { weights, statistics }: FitVectors, share: number): FitVectors {
  const pruned = weights.slice();
  const free = freeWeights(training);
  for (const { start, end } of kernelPlaces(training.expert.network.declaration.parameters)) {
    const candidates = Array.from({ length: end - start }, (_, i) => start + i).filter((i) => free[i] === 1);
    const size = (i: number) => Math.abs(weights[i] ?? 0);
    candidates.sort((a, b) => size(a) - size(b));
    for (const i of candidates.slice(0, Math.floor(share * candidates.length))) pruned[i] = 0;
  }
  return { weights: pruned, statistics };
}

/** What the task owns from now on. */
function claim(training: TrainingContext, trained: FitVectors): Groups {
  const { memory, earlier, expert } = training;
  const { weights } = trained;
  const { parameters } = expert.network.declaration;
  const owners = ownersOf(memory.kept, parameters.size).slice();
  for (const { start, end } of kernelPlaces(parameters)) {
    for (let i = start; i < end; i++) if (owners[i] === 0 && weights[i] !== 0) owners[i] = earlier.length + 1;
  }
  return { [ownerGroup]: { owners: vector(owners) }, ...keepOwn(training, trained) };
}

/** The network as a task sees it: without the weights of later tasks, with what is its own. */
function viewOf(memory: Memory, task: LearnedTask): ExpertVectors {
  const { network, vectors, tasks } = expertOf(memory, task);
  const { parameters } = network.declaration;
  const number = tasks.indexOf(task.ref.id) + 1;
  const owners = ownersOf(memory.kept, parameters.size);
  const seen = vectors.parameters.map((weight, i) => ((owners[i] ?? 0) <= number ? weight : 0));
  return withOwn(memory, task, seen);
}
