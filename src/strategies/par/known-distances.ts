import { sameKind } from '../../core/input.js';
import type { Task } from '../../core/task.js';

import type { Groups, Memory } from '../../experts/memory.js';
import { concatenate } from '../../experts/training/rows.js';
import type { KnownDistances } from './calibrated-thresholds.js';
import type { Difficulty, Known } from './difficulty.js';

const group = 'distances/known';

/** In the place of a noise floor that could not be measured. */
const unmeasured = -1;

/** What is kept for calibrated thresholds once a task is learned: its noise floor, and how far it is from every task before it, task after task. */
export function keepDistances({ kept }: Memory, { divergence, noiseFloor }: Difficulty): Groups {
  const { noiseFloors, divergences } = stored(kept);
  const vector = (data: Float32Array) => ({ shape: [data.length], data });
  return {
    [group]: {
      noiseFloors: vector(concatenate(noiseFloors, Float32Array.of(noiseFloor ?? unmeasured))),
      divergences: vector(concatenate(divergences, Float32Array.from(divergence))),
    },
  };
}

/** What is known when a task is decided about. Tasks of another domain, or with features of another length, say nothing of it. */
export function knownDistances({ kept }: Memory, task: Pick<Task, 'input'>, known: readonly Known[], now: Difficulty): KnownDistances {
  const { noiseFloors, divergences } = stored(kept);
  const size = now.prototypes.size;
  const comparable = known.map(({ ref, prototypes }) => sameKind(ref.input, task.input) && prototypes.size === size);
  const pairs = known.flatMap((_, i) =>
    known.slice(0, i).map((__, j) => ({ tasks: [i, j] as const, divergence: divergences[(i * (i - 1)) / 2 + j] ?? 1 })),
  );
  return {
    noiseFloors: [
      ...[...noiseFloors].filter((floor, i) => floor !== unmeasured && comparable[i]),
      ...(now.noiseFloor === null ? [] : [now.noiseFloor]),
    ],
    pairs: pairs.filter(({ tasks: [i, j] }) => comparable[i] && comparable[j]),
  };
}

function stored(kept: Groups) {
  const of = (name: string) => (kept[group]?.[name]?.data as Float32Array | undefined) ?? new Float32Array(0);
  return { noiseFloors: of('noiseFloors'), divergences: of('divergences') };
}
