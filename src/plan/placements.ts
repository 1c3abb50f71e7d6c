import type { RunNumbers } from './run-numbers.js';
import type { MemoryTechnology, Technology } from './technology.js';

/** Where the numbers of a run may be, and what that comes to. */
export interface Placement {
  /** `shared`: what is frozen is there once; `copies`: once for each task, as where each task has a whole network. */
  readonly form: 'shared' | 'copies';
  /** Names of memories. */
  readonly frozen: string;
  readonly tasks: string;
  readonly bytes: { readonly frozen: number; readonly tasks: number };
  /** mm². */
  readonly area: number;
  /** Microjoules of a pass of one example, the mean over tasks; of writing the numbers of a new task, the mean over tasks. */
  readonly energy: {
    readonly compute: number;
    readonly reads: number;
    readonly standby: number;
    readonly pass: number;
    readonly newTask: number;
  };
}

const [megabyte, picojoulesToMicrojoules, millijoulesToMicrojoules] = [1e6, 1e-6, 1e3];

/**
 * Every placement of what is frozen and of what tasks have of their own in the memories of a technology, and for each memory that of a whole network for each task (after adapter-ALBERT,
 * arXiv 2303.16100, whose frozen layers lie in a dense non-volatile memory and whose adapters in SRAM; a model of ours, for the paper's own was not to be had).
 *
 * A pass costs what it multiplies, reads, and its part of standby: (multiply-adds) e + sum over both (bytes read) r + sum over both (bytes) p / (passes a second). Every frozen number is read once a pass.
 */
export function placements(numbers: RunNumbers, technology: Technology): Placement[] {
  const names = Object.keys(technology.memories);
  const shared = names.flatMap((frozen) => names.map((tasks) => placement('shared', frozen, tasks, numbers, technology)));
  return [...shared, ...names.map((name) => placement('copies', name, name, numbers, technology))];
}

/** Bytes of frozen numbers: a bit for each where some are left out, and those that are kept. */
const frozenBytes = (numbers: number, { bits, leftOut }: Technology['frozen']): number =>
  ((leftOut > 0 ? numbers : 0) + Math.round((1 - leftOut) * numbers) * bits) / 8;

function placement(form: Placement['form'], frozen: string, tasks: string, numbers: RunNumbers, technology: Technology): Placement {
  const { memories, passesPerSecond, multiplyAdd } = technology;
  const [below, own] = [memories[frozen], memories[tasks]] as [MemoryTechnology, MemoryTechnology];
  const ownBytes = (count: number) => (count * technology.tasks.bits) / 8;
  const { passes } = numbers;
  const mean = (of: (pass: RunNumbers['passes'][number]) => number) => passes.reduce((sum, pass) => sum + of(pass), 0) / passes.length;
  const bytes = {
    frozen: Math.ceil((form === 'copies' ? passes.length : 1) * frozenBytes(numbers.frozen, technology.frozen)),
    tasks: Math.ceil(ownBytes(numbers.tasks)),
  };
  const both = (of: 'area' | 'standby') => (bytes.frozen * below[of] + bytes.tasks * own[of]) / megabyte;
  const compute = picojoulesToMicrojoules * multiplyAdd * mean(({ multiplyAdds }) => multiplyAdds);
  const readFrozen = mean(({ frozenNumbers }) => frozenBytes(frozenNumbers, technology.frozen));
  const meanOwn = mean(({ ownNumbers }) => ownBytes(ownNumbers));
  const reads = picojoulesToMicrojoules * (readFrozen * below.read + meanOwn * own.read);
  const standby = (millijoulesToMicrojoules * both('standby')) / passesPerSecond;
  const copied = form === 'copies' ? frozenBytes(numbers.frozen, technology.frozen) : 0;
  const newTask = picojoulesToMicrojoules * (copied * below.write + meanOwn * own.write);
  return { form, frozen, tasks, bytes, area: both('area'), energy: { compute, reads, standby, pass: compute + reads + standby, newTask } };
}
