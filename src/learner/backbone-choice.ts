import { loadBackbone } from '../backbones/registry.js';
import { parseRequest } from '../backbones/request.js';
import { LifelongError } from '../core/errors.js';
import type { FrozenBackbone } from '../core/frozen-backbone.js';
import { formatInput } from '../core/input.js';
import type { RunRecord } from '../core/run-record.js';
import type { Task } from '../core/task.js';
import { hashArrays } from '../data/hash-arrays.js';
import type { Strategy } from '../strategies/strategy.js';
import type { FeatureRequest } from './extractor-choice.js';

/**
 * The backbone that the experts of a strategy stand on; undefined for none, and for a strategy that answers from features, to which it is only that.
 *
 * @param asked as `loadBackbone` takes it
 * @param features that were asked for beside it
 * @throws LifelongError `config` or `data` as `loadBackbone`, `usage` for a strategy that trains networks of its own
 */
export async function chooseBackbone(
  asked: string | undefined,
  strategy: Strategy,
  features: FeatureRequest | undefined,
  onNotice?: (notice: string) => void,
): Promise<FrozenBackbone | undefined> {
  if (asked === undefined) return undefined;
  if (!strategy.takesBackbone && strategy.useFeatures) return undefined;
  if (!strategy.takesBackbone) {
    const network = strategy.options['network'];
    const found = `${strategy.name}${typeof network === 'string' ? ` with network ${network}` : ''}`;
    throw new LifelongError(
      'usage',
      `backbone: a strategy whose experts can stand on one expected, found ${found}`,
      `leave the backbone out; par, and network: patch or adapter of finetune, independent and lwf and their like, stand on it`,
    );
  }
  const { backbone, arrays, side } = await loadBackbone(asked, { onNotice });
  for (const wanted of typeof features === 'string' ? [features] : []) {
    const request = parseRequest('features', wanted, [backbone.name]);
    if (request.kind === undefined || (request.side ?? side) === side) continue;
    throw new LifelongError(
      'config',
      `features ${wanted}: images of side ${side ?? 'its own'} expected, as backbone ${backbone.name} sees them, found ${request.side ?? ''}`,
      'leave features out: they are the pooled output of the backbone',
    );
  }
  return { name: backbone.name, domain: backbone.domain, weights: { sha256: hashArrays(arrays), arrays }, side };
}

/** What a run keeps of its backbone. */
export function recordedBackbone(asked: string, { name, side, weights }: FrozenBackbone): NonNullable<RunRecord['backbone']> {
  return { asked, name, side, sha256: weights.sha256 };
}

/** Refuses another backbone than the run was made with. @throws LifelongError `data` */
export function checkBackbone(found: FrozenBackbone | undefined, expected: RunRecord['backbone']): void {
  if (!expected || (found?.weights.sha256 === expected.sha256 && found.side === expected.side)) return;
  const describe = (name: string, side: number | null, sha256: string) =>
    `${name}${side === null ? '' : `@${side}`} with weights ${sha256}`;
  throw new LifelongError(
    'data',
    `backbone ${describe(expected.name, expected.side, expected.sha256)} expected, as the run was made with, ` +
      `found ${found ? describe(found.name, found.side, found.weights.sha256) : 'none'}`,
    'resume with the same weights, or start a new run',
  );
}

/**
 * The task as experts on the backbone see it: its inputs as they are, for the backbone brings them to its own form.
 *
 * @throws LifelongError `data` for a task of another domain
 */
export function onBackbone(task: Task, backbone: FrozenBackbone | undefined): Task {
  if (!backbone) return task;
  const { domain } = task.input;
  if (domain === backbone.domain) return { ...task, normalization: null };
  throw new LifelongError(
    'data',
    `task ${task.id}: inputs of domain ${backbone.domain} expected, as backbone ${backbone.name} takes them, found ${domain} ${formatInput(task.input)}`,
    'leave the backbone out for this stream, or learn its tasks of other domains in a run of their own',
  );
}
