import { lastValueFrom, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { arrayStream, er, finetune, hat, joint, learn, par, readReport } from '../../src/index.js';
import type { LearnEvent } from '../../src/core/events.js';
import { lifelong } from '../cli/lifelong.js';
import { examples } from '../streams/tiny-data.js';
import { lines, manifest, write } from './files.js';

const epochsOf = (events: readonly LearnEvent[]) => events.flatMap((event) => (event.type === 'epoch-ended' ? [event] : []));

/** Two tasks, each with a class of twelve samples, one of two and one of a single sample. */
const tasks = [0, 1].map((task) => {
  const [many, two, one] = [examples([`${task}-many`], 12), examples([`${task}-two`], 2), examples([`${task}-one`], 1)];
  const shifted = [many, two, one].map(({ inputs }, c) => (inputs as number[][]).map((row) => row.map((value) => value + c + 5 * task)));
  return {
    train: { inputs: shifted.flat(), labels: [many, two, one].flatMap(({ labels }) => Array.from(labels)) },
    test: { inputs: shifted.flat(), labels: [many, two, one].flatMap(({ labels }) => Array.from(labels)) },
  };
});

describe('P13: learning without validation', () => {
  it('P13: a class of one sample: the advice that is printed works, and the report says what it means', async () => {
    const at = write({
      'points.csv': `x,y,kind\n${lines(['a', 'b'], 12)}${lines(['rare'], 1)}`,
      'points.yaml': manifest('source: csv, train: points.csv, label: kind'),
    });
    const call = (...args: string[]) => lifelong(args, { cwd: at('') });
    const refused = await call('run', 'points.yaml', '--out', 'run');
    expect(refused.code).toBe(2);
    const [setting = '', value = ''] = /(limits\.validation): (\d)/.exec(refused.stderr)?.slice(1) ?? [];
    const { code, stderr, stdout } = await call(
      'run',
      'points.yaml',
      '--strategy',
      'finetune',
      '--patience',
      '1',
      '--set',
      `${setting}=${value}`,
      '--out',
      'run',
    );
    expect(code, stderr).toBe(0);
    expect(stderr).toContain('train 3/3');
    for (const text of [stderr, stdout])
      expect(text.replaceAll(/\s+/g, ' ')).toContain('tasks are learned without validation, so every epoch is trained');
    expect((await readReport(at('run'))).tasks[0]).toMatchObject({ validation: 0, epochs: 3, calibration: expect.any(Object) as object });
  });

  it.each([
    ['finetune', () => finetune({ network: 'mlp', units: 8, epochs: 4, patience: 1 })],
    ['er, with the schedule plateau', () => er({ network: 'mlp', units: 8, epochs: 4, schedule: 'plateau' })],
    ['joint', () => joint({ network: 'mlp', units: 8, epochs: 4, patience: 1 })],
    ['hat', () => hat({ units: 8, epochs: 4, patience: 1 })],
    ['par', () => par({ channels: 2, cells: 2, epochs: 4, samples: 2, patience: 1, engine: 'eager' })],
    [
      'par, which joins an expert',
      () =>
        par({ channels: 2, cells: 2, epochs: 4, samples: 1, regularizeThreshold: 1, stopReuseEarly: true, patience: 1, engine: 'eager' }),
    ],
  ])('P13: %s trains every epoch and keeps the last', async (_, make) => {
    const strategy = make();
    const events = await lastValueFrom(learn(arrayStream(tasks, { validation: 0 }), strategy).pipe(toArray()));
    strategy.dispose();
    const trained = epochsOf(events).filter(({ phase }) => phase !== 'search');
    expect(trained.map(({ task, epoch }) => [task, epoch])).toEqual([0, 1].flatMap((task) => [1, 2, 3, 4].map((epoch) => [task, epoch])));
    expect(new Set(trained.map(({ validationAccuracy }) => validationAccuracy))).toEqual(new Set([null]));
    const learned = events.flatMap((event) => (event.type === 'task-learned' ? [event.record] : []));
    expect(learned.map(({ epochs }) => epochs)).toEqual([4, 4]);
    expect(learned.flatMap(({ divergence }) => divergence).every((value) => value >= 0 && value <= 1)).toBe(true);
  });

  it('P13: what is kept has the accuracy of the last epoch', async () => {
    const strategy = finetune({ network: 'mlp', units: 8, epochs: 6, schedule: 'constant' });
    const stream = arrayStream(tasks.slice(0, 1), { validation: 0 });
    const events = await lastValueFrom(learn(stream, strategy, { evalEvery: 1 }).pipe(toArray()));
    strategy.dispose();
    const tracked = events.flatMap((event) => (event.type === 'accuracy-tracked' ? [event.accuracy] : []));
    expect(tracked).toHaveLength(7);
    expect(tracked.at(-1)).toBe(tracked.at(-2));
  });
});
