import type { RunRecord } from '../core/run-record.js';
import type { Metric } from '../metrics/metric.js';
import { formatShare } from './numbers.js';
import type { ReportedTaskInference } from './schema.js';

/** How tasks were found, as shares. */
export function reportedTaskInference({
  way,
  examples,
  right,
  answered,
  answeredRight,
  gate,
}: NonNullable<RunRecord['taskInference']>): ReportedTaskInference {
  const share = (part: number, whole: number) => (whole > 0 ? part / whole : null);
  return {
    way,
    examples,
    right: share(right, examples),
    answered: share(answered, examples),
    answeredRight: share(answeredRight, answered),
    ...(gate && {
      gate: { name: gate.name, accuracy: share(gate.classRight, examples), accuracyTold: share(gate.classRightTold, examples) },
    }),
  };
}

/** The share of examples whose nearest task is theirs, as a metric. */
export function taskInferenceAccuracy({ right }: ReportedTaskInference): Metric {
  const formula = 'found / looked for, ≤ 100 test examples a task';
  return right === null ? { value: null, formula, reason: 'no task has test examples' } : { value: right, formula };
}

const ways = { prototypes: 'the nearest class prototype', lda: 'linear discriminants', learned: 'the learned gate' } as const;

/** In one sentence. */
export function describeTaskInference({ way, examples, right, answered, answeredRight, gate }: ReportedTaskInference): string {
  return (
    `Task not told: by ${ways[way]} it is found for ${formatShare(right)} of ${examples} test examples; ` +
    `${formatShare(answered)} get an answer, and of these ${formatShare(answeredRight)} the right one.` +
    (gate
      ? ` Gate ${gate.name}: ${formatShare(gate.accuracy)} get their class by the task that it finds, answered or not; with the task told ${formatShare(gate.accuracyTold)}.`
      : '')
  );
}
