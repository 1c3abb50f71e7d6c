import { sameKind } from '../../core/input.js';
import { random } from '../../core/random.js';
import type { Task, TaskRef } from '../../core/task.js';
import { estimator } from '../../difficulty/estimators.js';
import { noiseFloor } from '../../difficulty/noise-floor.js';
import { prototypes, type Prototypes } from '../../difficulty/prototypes.js';
import { blocks } from '../../experts/training/batches.js';
import { concatenate } from '../../experts/training/rows.js';
import type { LearnContext } from '../strategy.js';
import { inferenceWith, type TaskInference } from './inference/task-inference.js';
import type { ParOptions } from './options.js';

/** A learned task as others are compared with it. */
export interface Known {
  readonly ref: TaskRef;
  readonly prototypes: Prototypes;
}

/** How hard a task is for what is known. */
export interface Difficulty {
  readonly prototypes: Prototypes;
  /** D(t, i) for each known task i, in order. */
  readonly divergence: readonly number[];
  readonly noiseFloor: number | null;
  /** What tasks are found by once the task is learned, where that is more than prototypes. */
  readonly inference?: TaskInference;
}

/** Examples that go through the extractor at once. */
const block = 128;

/**
 * Measures a task against all known ones through the frozen extractor of its domain, on its validation samples (PAR sections 1 and 2), or on its
 * training samples where it has none for validation. Tasks of another domain, and those whose features have another length, cannot be compared and
 * count as unrelated (1). All distances come from one call, so that no last bit hangs on how they were
 * measured; a resumed run has the same tasks and makes the same call.
 *
 * @param inference what tasks with such features are found by so far
 */
export async function measureDifficulty(
  task: Task,
  known: readonly Known[],
  context: LearnContext,
  options: ParOptions,
  inference: (size: number) => TaskInference | undefined,
): Promise<Difficulty> {
  const samples = task.validation.size > 0 ? task.validation : task.train;
  const parts: Float32Array[] = [];
  for await (const examples of blocks(samples, block)) parts.push(await context.features.extract(examples));
  const features = concatenate(...parts);
  const labels = await samples.labels();
  const own = prototypes(features, labels, task.classes.length);
  const comparable = known.filter(({ ref, prototypes: { size } }) => sameKind(ref.input, task.input) && size === own.size);
  const estimate = estimator(options.estimator);
  const measured = estimate(
    features,
    labels,
    own,
    comparable.map((old) => old.prototypes),
    options,
  );
  const draw = (purpose: string) => random(context.seed, 'task', task.index, purpose);
  return {
    prototypes: own,
    divergence: known.map((old) => measured[comparable.indexOf(old)]?.divergence ?? 1),
    noiseFloor: noiseFloor(features, labels, task.classes.length, estimate, options, draw('noise-floor')),
    ...(options.taskInference !== 'prototypes' && {
      inference: inferenceWith(
        inference(own.size),
        { features, labels, prototypes: own },
        comparable.map((old) => old.prototypes),
        draw('inference'),
      ),
    }),
  };
}
