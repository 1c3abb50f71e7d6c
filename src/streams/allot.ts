import { LifelongError } from '../core/errors.js';
import { classPositions } from '../data/class-positions.js';
import type { Dataset } from '../data/dataset.js';
import type { Limits } from './manifest.js';
import type { TaskPlan } from './task-plan.js';

/** A run of a class's samples in their seeded order, going round at the end. */
export interface Window {
  readonly start: number;
  readonly count: number;
}

/** Which samples of one class a task gets. */
export interface Share {
  readonly train: Window;
  readonly validation: Window;
  readonly test: Window;
}

type Amount = Limits['train'];

/**
 * Shares out the samples of every class to the tasks that use it, in task order.
 *
 * A class that comes again gets samples that no earlier task had, as long as there are any. Validation comes from the owner's validation
 * part where there is one, otherwise from the training part: a tenth of the class by default, and at least one sample where the class has two.
 *
 * @returns for each task, for each of its classes in order
 * @throws LifelongError `data` naming task and class, when a class would have training but no validation samples
 */
export async function allot(plans: readonly TaskPlan[]): Promise<Share[][]> {
  const used = new Map<Dataset, Map<string, number>>();
  const allotted: Share[][] = [];
  for (const { id, data, classes, limits } of plans) {
    const cursor = used.get(data) ?? new Map<string, number>();
    used.set(data, cursor);
    const take = (part: string, index: number, count: number, available: number): Window => {
      const key = `${part} ${index}`;
      const start = cursor.get(key) ?? 0;
      cursor.set(key, available === 0 ? 0 : (start + count) % available);
      return { start, count };
    };
    const [train, validation, test] = await Promise.all([
      classPositions(data.train, data.classes.length),
      data.validation && classPositions(data.validation, data.classes.length),
      classPositions(data.test, data.classes.length),
    ]);
    allotted.push(
      classes.map((index, place) => {
        const limit = (part: 'train' | 'validation' | 'test', available: number, shareOf = available): number =>
          Math.min(available, amountOf(limits.perClass?.[part], shareOf) ?? perClass(limits[part], classes.length, place, shareOf));
        const available = train[index]?.length ?? 0;
        const testAvailable = test[index]?.length ?? 0;
        const testWindow = take('test', index, limit('test', testAvailable), testAvailable);
        if (validation) {
          const own = validation[index]?.length ?? 0;
          const counts = { train: limit('train', available), validation: limit('validation', own, own) };
          checkValidation(counts, id, data, index);
          return {
            train: take('train', index, counts.train, available),
            validation: take('validation', index, counts.validation, own),
            test: testWindow,
          };
        }
        const wanted = limit('train', available);
        const share = limit('validation', available, wanted);
        const held = share === 0 && available > 1 && isShare(limits) ? 1 : share;
        const counts = { train: Math.min(wanted, available - held), validation: held };
        checkValidation(counts, id, data, index);
        const both = take('train', index, counts.train + held, available);
        return {
          train: { start: both.start, count: counts.train },
          validation: { start: both.start + counts.train, count: held },
          test: testWindow,
        };
      }),
    );
  }
  return allotted;
}

function amountOf(amount: Amount | undefined, available: number): number | undefined {
  if (amount === undefined) return undefined;
  if (amount === 'all') return available;
  return typeof amount === 'number' ? amount : Math.round((available * Number.parseFloat(amount)) / 100);
}

/** A class's part of an amount for the whole task; what does not divide goes to the first classes. */
function perClass(amount: Amount, classes: number, place: number, available: number): number {
  if (typeof amount !== 'number') return amountOf(amount, available) ?? 0;
  return Math.floor(amount / classes) + (place < amount % classes ? 1 : 0);
}

/** A share rounds up to at least one sample; a number is taken as it is given. */
const isShare = (limits: Limits): boolean => typeof (limits.perClass?.validation ?? limits.validation) === 'string';

function checkValidation(counts: { train: number; validation: number }, id: string, data: Dataset, index: number): void {
  if (counts.train === 0 || counts.validation > 0) return;
  throw new LifelongError(
    'data',
    `task ${id}: class ${JSON.stringify(data.classes[index])} has ${counts.train} training samples and none for validation`,
    'give the class more samples, or set limits.validation',
  );
}
