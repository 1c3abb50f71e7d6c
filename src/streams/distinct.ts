import type { Split } from '../core/task.js';
import { labelsAt } from '../data/array-split.js';
import type { Dataset } from '../data/dataset.js';
import { fingerprint } from '../data/fingerprint.js';
import { subset } from '../data/subset.js';
import { withFingerprint } from '../data/with-fingerprint.js';
import { planData, type PlanData } from './plan-data.js';
import type { TaskPlan } from './task-plan.js';

/** Examples that are read at once. */
const block = 512;

/**
 * The plans with every example once: of equal inputs the first stays, those of test parts before all others, so that no task learns what another is tested on. What is left out is counted in
 * the notes of its data.
 */
export async function withoutRepeats(plans: readonly TaskPlan[]): Promise<TaskPlan[]> {
  const all = [...new Set(plans.map(({ data }) => data))];
  const owners = new Map<string, string>();
  const kept = new Map(all.map((data) => [data, new Map<Part, Int32Array>()]));
  const repeats = new Map(all.map((data) => [data, new Map<string, number>()]));
  for (const part of ['test', 'validation', 'train'] as const) {
    for (const data of all) {
      const split = data[part];
      if (!split) continue;
      const positions: number[] = [];
      for await (const [position, print] of printsOf(split)) {
        const owner = owners.get(print);
        const counts = repeats.get(data);
        if (owner !== undefined) counts?.set(owner, (counts.get(owner) ?? 0) + 1);
        else {
          owners.set(print, data.name);
          positions.push(position);
        }
      }
      kept.get(data)?.set(part, Int32Array.from(positions));
    }
  }
  const reduced = new Map(
    await Promise.all(all.map(async (data) => [data, await reduce(data, kept.get(data), repeats.get(data))] as const)),
  );
  return plans.map((plan) => ({ ...plan, data: reduced.get(plan.data) ?? plan.data }));
}

type Part = 'train' | 'validation' | 'test';

async function* printsOf(split: Split): AsyncGenerator<readonly [position: number, print: string]> {
  for (let start = 0; start < split.size; start += block) {
    const count = Math.min(block, split.size - start);
    const { inputs } = await split.read(Int32Array.from({ length: count }, (_, i) => start + i));
    const bytes = inputs.byteLength / count;
    for (let i = 0; i < count; i++) yield [start + i, fingerprint(new Uint8Array(inputs.buffer, inputs.byteOffset + i * bytes, bytes))];
  }
}

async function reduce(
  data: PlanData,
  kept: ReadonlyMap<Part, Int32Array> = new Map(),
  repeats: ReadonlyMap<string, number> = new Map(),
): Promise<PlanData> {
  const left = [...repeats.values()].reduce((sum, count) => sum + count, 0);
  if (left === 0) return data;
  const cut = async (split: Split, part: Part): Promise<Split> => {
    const positions = kept.get(part) ?? new Int32Array(0);
    return subset(split, positions, labelsAt(await split.labels(), positions));
  };
  const size = data.train.size + (data.validation?.size ?? 0) + data.test.size;
  const where = [...repeats].map(([name, count]) => `${name === data.name ? 'the same data' : name} (${count})`).join(', ');
  const reduced: Dataset = {
    ...data,
    train: await cut(data.train, 'train'),
    ...(data.validation && { validation: await cut(data.validation, 'validation') }),
    test: await cut(data.test, 'test'),
    notes: () => [...(data.notes?.() ?? []), `${left} of ${size} examples are also in ${where}, and left out here`],
  };
  return planData(withFingerprint(reduced, 'distinct'));
}
