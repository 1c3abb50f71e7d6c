import { LifelongError } from '../core/errors.js';
import type { Limits } from './manifest.js';
import type { PlanData } from './plan-data.js';
import type { TaskPlan } from './task-plan.js';

/** A run of a class's samples in their seeded order, going round at the end. */
export interface Window {
  readonly start: number;
  readonly count: number;
}

/** Which samples of one class a task gets. Validation counts in the training part's order where the data have no validation part. */
export interface Share {
  readonly train: Window;
  readonly validation: Window;
  readonly test: Window;
}

/**
 * Shares out the samples of every class to the tasks that use it, in task order. A class that comes again gets samples that no earlier
 * task had, as long as there are any.
 *
 * @returns for each task, for each of its classes in order
 * @throws LifelongError `data` naming task and class, when a class would have training but no validation samples
 */
export async function allot(plans: readonly TaskPlan[]): Promise<Share[][]> {
  const used = new Map<string, number>();
  const allotted: Share[][] = [];
  for (const plan of plans) {
    const { data, classes } = plan;
    const take = (part: string, index: number, count: number, available: number): Window => {
      const key = JSON.stringify([data.classFingerprints()[index], data.classes[index], part]);
      const start = used.get(key) ?? 0;
      if (available > 0) used.set(key, (start + count) % available);
      return { start, count };
    };
    const available = await samplesOf(data);
    allotted.push(
      classes.map((index, place) => {
        const there = available(index);
        const counts = countsOf(plan, index, place, there);
        const test = take('test', index, counts.test, there.test);
        if (there.validation !== undefined) {
          const validation = take('validation', index, counts.validation, there.validation);
          return { train: take('train', index, counts.train, there.train), validation, test };
        }
        const both = take('train', index, counts.train + counts.validation, there.train);
        const validation = { start: both.start + counts.train, count: counts.validation };
        return { train: { start: both.start, count: counts.train }, validation, test };
      }),
    );
  }
  return allotted;
}

interface Counts {
  readonly train: number;
  readonly validation: number;
  readonly test: number;
}

/** Numbers of samples of a class by its index; `validation` is undefined where the data have no such part. */
async function samplesOf(data: PlanData) {
  const [inTrain, inValidation, inTest] = await Promise.all([
    data.positions('train'),
    data.positions('validation'),
    data.positions('test'),
  ]);
  return (index: number) => ({
    train: inTrain?.[index]?.length ?? 0,
    validation: inValidation && (inValidation[index]?.length ?? 0),
    test: inTest?.[index]?.length ?? 0,
  });
}

/** How many samples of a class a task gets. */
function countsOf(
  { id, data, classes, limits }: TaskPlan,
  index: number,
  place: number,
  there: { train: number; validation: number | undefined; test: number },
): Counts {
  const limit = (part: keyof Counts, available: number): number =>
    Math.min(available, amountOf(limits.perClass?.[part] ?? equalPart(limits[part], classes.length, place), available));
  const asked = {
    train: limits.perClass?.train ?? equalPart(limits.train, classes.length, place),
    validation: limits.perClass?.validation ?? equalPart(limits.validation, classes.length, place),
  };
  const { train, validation } = learnedFrom(asked, there);
  if (train === 0 || validation > 0 || learnsWithoutValidation(limits)) return { train, validation, test: limit('test', there.test) };
  throw new LifelongError(
    'data',
    `task ${id}: class ${JSON.stringify(data.classes[index])} has ${train} training samples and none for validation`,
    adviceFor(asked.validation, there),
  );
}

/** Whether limits ask for no validation at all, so that tasks are learned without. */
export function learnsWithoutValidation({ validation, perClass }: Limits): boolean {
  return isNone(perClass?.validation ?? validation);
}

const isNone = (amount: Amount): boolean => amount !== 'all' && Number.parseFloat(String(amount)) === 0;

/** What gives a class validation samples. */
function adviceFor(asked: Amount, there: { train: number; validation: number | undefined }): string {
  const leave = 'or leave it out (in a manifest: tasks.classes); limits.validation: 0 learns without validation';
  if (there.validation === 0) return `give the class validation samples of its own, ${leave}`;
  if (there.train >= 2) return `set limits.validation to a share such as 10%, found ${asked}`;
  return `give the class 2 training samples or more, 3 where test is a share of them, ${leave}`;
}

type Amount = Limits['train'];

/**
 * Training and validation samples of a class. Validation is the owner's part, all of it but for a number; or comes out of the training part:
 * a share of the training samples, and at least one where there are two. Numbers that are more than there are shrink alike.
 */
function learnedFrom(
  asked: Pick<Limits, 'train' | 'validation'>,
  there: { train: number; validation: number | undefined },
): Omit<Counts, 'test'> {
  const wanted = Math.min(there.train, amountOf(asked.train, there.train));
  if (there.validation !== undefined) {
    return {
      train: wanted,
      validation:
        typeof asked.validation === 'number' || isNone(asked.validation)
          ? Math.min(amountOf(asked.validation, 0), there.validation)
          : there.validation,
    };
  }
  if (asked.validation === 'all')
    throw new LifelongError('config', 'limits.validation: all is for data with a validation part of their own');
  if (there.train < 2 || wanted === 0 || isNone(asked.validation)) return { train: wanted, validation: 0 };
  const scarce =
    typeof asked.train === 'number' && typeof asked.validation === 'number' ? there.train / (asked.train + asked.validation) : 1;
  const held = Math.round(amountOf(asked.validation, wanted) * Math.min(1, scarce));
  const validation = Math.min(there.train - 1, Math.max(1, held));
  return { train: Math.min(wanted, there.train - validation), validation };
}

/** A class's part of a number for the whole task; what does not divide goes to the first classes. */
const equalPart = (amount: Amount, classes: number, place: number): Amount =>
  typeof amount === 'number' ? Math.floor(amount / classes) + (place < amount % classes ? 1 : 0) : amount;

function amountOf(amount: Amount, available: number): number {
  if (amount === 'all') return available;
  return typeof amount === 'number' ? amount : Math.round((available * Number.parseFloat(amount)) / 100);
}
