import { describe, expect, it } from 'vitest';
import { random } from '../../../src/core/random.js';
import { prototypes } from '../../../src/difficulty/prototypes.js';
import { tf } from '../../../src/nn/backend.js';
import { routerFinder } from '../../../src/strategies/gates/router-finder.js';
import { routerLoss } from '../../../src/strategies/gates/router-loss.js';
import { gatesOf, routerLength, routerRows, routerUnits, type Router } from '../../../src/strategies/gates/router.js';
import { lbfgs } from '../../../src/strategies/on-features/lbfgs.js';
import { trainRouter } from '../../../src/strategies/gates/train-router.js';

const size = 12;

/** Examples of a task about a place of its own. */
function examples(task: number, count: number, part: string, spread = 0.6): Float32Array {
  const place = random(1, 'place', task);
  const centre = Float32Array.from({ length: size }, () => place.normal());
  const source = random(2, part, task);
  return Float32Array.from({ length: count * size }, (_, i) => (centre[i % size] ?? 0) + spread * source.normal());
}
const tasks = [0, 1, 2, 3];
const train = tasks.map((task) => examples(task, 60, 'train'));

/** The share of a task's held-out examples that a router sends there. */
function found(router: Router, task: number): number {
  const held = examples(task, 100, 'held out');
  const gates = gatesOf(router, held);
  const right = Array.from({ length: 100 }, (_, row) => {
    const of = gates.subarray(row * router.tasks, (row + 1) * router.tasks);
    return of.indexOf(Math.max(...of)) === task;
  });
  return right.filter(Boolean).length / 100;
}
/** A router with a gate more, that goes on from what it knows with a new task's examples alone. */
function trainedFurther(known: Router, features: Float32Array): Router {
  const tasks = known.tasks + 1;
  const second = (size + 1) * routerUnits;
  const from = known.weights;
  const start = new Float64Array(routerLength(size, tasks));
  start.set(from.subarray(0, second));
  for (let row = 0; row <= routerUnits; row++) {
    start.set(from.subarray(second + row * known.tasks, second + (row + 1) * known.tasks), second + row * tasks);
  }
  const n = features.length / size;
  const tensors = [
    tf.tensor2d(routerRows(known, features), [n, size]),
    tf.tensor2d(
      Float32Array.from({ length: n * tasks }, (_, i) => Number(i % tasks === tasks - 1)),
      [n, tasks],
    ),
    tf.fill([n, 1], 1 / n),
  ] as const;
  const [x, y, share] = tensors;
  const weights = Float32Array.from(lbfgs(routerLoss({ x, y, share }, 1e-3), start));
  tf.dispose([...tensors]);
  return { ...known, tasks, weights };
}

const candidate = (task: number) => ({
  ...{ id: `t${task}`, margin: null },
  prototypes: prototypes(train[task] ?? new Float32Array(0), new Int32Array(60), 1),
});

describe('a router that has learned', () => {
  const router = trainRouter(train, size, random(3, 'router'));

  it('finds the task of examples that it has not seen', () => {
    for (const task of tasks) expect(found(router, task)).toBeGreaterThan(0.9);
  });

  it('is the same for the same features and seed, and leaves no tensor behind', () => {
    const before = tf.memory().numTensors;
    expect(trainRouter(train, size, random(3, 'router'))).toEqual(router);
    expect(trainRouter(train, size, random(4, 'router')).weights).not.toEqual(router.weights);
    routerFinder(router, tasks.map(candidate)).identify(examples(1, 5, 'more'));
    expect(tf.memory().numTensors).toBe(before);
  });

  it('counts each task as much, however few examples it has', () => {
    const few = trainRouter([examples(0, 400, 'train'), train[1]?.subarray(0, 8 * size) ?? expect.fail()], size, random(3, 'router'));
    expect(found(few, 0)).toBeGreaterThan(0.9);
    expect(found(few, 1)).toBeGreaterThan(0.9);
  });

  it('forgets earlier tasks when it learns a new one without what is kept of them, and not with it', () => {
    const three = trainRouter(train.slice(0, 3), size, random(3, 'router'));
    expect(found(three, 0)).toBeGreaterThan(0.9);
    const without = trainedFurther(three, train[3] ?? expect.fail());
    expect(found(without, 3)).toBeGreaterThan(0.9);
    expect(found(without, 0)).toBeLessThan(0.2);
    expect(found(router, 0)).toBeGreaterThan(0.9);
  });

  it('sends examples nowhere that are far, that no gate is open for, or that hold nothing', () => {
    const finder = routerFinder(router, tasks.map(candidate));
    expect(finder).toMatchObject({ way: 'learned', judged: null });
    const [own] = finder.identify(examples(2, 1, 'held out', 0.1));
    expect(own).toMatchObject({ task: 't2', nearest: 't2', abstained: null });
    expect(own?.second?.task).not.toBe('t2');
    const reasons = [Float32Array.from({ length: size }, () => 50), new Float32Array(size).fill(NaN), new Float32Array(size)].map(
      (features) => finder.identify(features)[0],
    );
    expect(reasons.map((reason) => reason?.task)).toEqual([null, null, null]);
    expect(reasons[0]?.abstained).toMatch(/^far from all classes of the task that the gate says, t\d$/);
    expect(reasons[1]?.abstained).toBe('its features are not finite numbers');
    expect(reasons[2]?.abstained).toContain('all padding');
    const shut = { ...router, weights: router.weights.map((weight, i) => (i >= router.weights.length - 4 ? -100 : weight)) };
    expect(routerFinder(shut, tasks.map(candidate)).identify(examples(0, 1, 'held out', 0.1))[0]?.abstained).toContain('no gate is open');
  });

  it('refuses what it cannot learn from, and other tasks than its own', () => {
    const bad = train[1]?.slice() ?? expect.fail();
    bad[2 * size + 1] = NaN;
    expect(() => trainRouter([train[0] ?? bad, bad], size, random(3, 'router'))).toThrow('found NaN in example 2 of task 1');
    expect(() => trainRouter([train[0] ?? bad, new Float32Array(0)], size, random(3, 'router'))).toThrow('of task 1 expected, found 0');
    expect(() => routerFinder(router, [candidate(0)])).toThrow('as many gates as tasks expected, 1, found 4');
  });
});
