import type { Decision } from '../../core/decision.js';
import { LifelongError } from '../../core/errors.js';
import type { FrozenBackbone } from '../../core/frozen-backbone.js';
import type { Task } from '../../core/task.js';
import type { Memory } from '../../experts/memory.js';
import { calibratedThresholds } from './calibrated-thresholds.js';
import { decide } from './decide.js';
import type { DecisionKind, Start } from './decisions/decision-kind.js';
import { numbersOf } from './decisions/numbers.js';
import type { Difficulty, Known } from './difficulty.js';
import { grownBy, isCapped, withinCaps } from './growth-caps.js';
import { groupsFor } from './known.js';
import { knownDistances } from './known-distances.js';
import { largestSearched } from './largest-searched.js';
import type { ParOptions } from './options.js';

/**
 * What to do with a task that has been measured: by the thresholds of the options or calibrated ones, and within the caps on growth.
 *
 * @param startAfter how learning would start after a decision; undefined where an architecture would have to be searched for
 * @param backbone what a searched expert would stand on
 * @throws LifelongError `config` where a cap leaves no way to learn the task, or where patches on experts are asked for on a backbone
 */
export function decideTask(
  task: Task,
  memory: Memory,
  known: readonly Known[],
  difficulty: Difficulty,
  options: ParOptions,
  kinds: readonly DecisionKind[],
  startAfter: (decision: Decision) => Start | undefined,
  backbone?: FrozenBackbone,
): Decision {
  if (backbone && options.attach !== 'none') {
    const found = `attach: none with a backbone expected, on which every expert is a patch, found ${options.attach}`;
    throw new LifelongError('config', found, 'leave attach out, or the backbone');
  }
  const { divergence, noiseFloor } = difficulty;
  const groups = groupsFor(task, memory, divergence);
  const calibrated =
    options.thresholds === 'calibrated' ? calibratedThresholds(knownDistances(memory, task, known, difficulty), options) : undefined;
  const used = calibrated ? { ...options, regularizeThreshold: calibrated.regularize, allocateThreshold: calibrated.allocate } : options;
  const proposed = decide(task.train.size, groups, noiseFloor, used, kinds);
  const byThreshold = calibrated !== undefined && proposed.threshold !== null;
  const decision = byThreshold ? { ...proposed, calibrated, reason: `${proposed.reason} ${calibrated.why}` } : proposed;
  if (!isCapped(options)) return decision;
  const start = startAfter(decision);
  if (start?.added === false) return decision;
  const grown = grownBy(start?.expert.network ?? largestSearched(task.input, options, backbone), task, memory);
  return withinCaps(task, decision, grown, numbersOf(task.train.size, groups, noiseFloor, used), options);
}
