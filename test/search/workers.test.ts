import type { ChildProcess } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { existsSync } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { LifelongError } from '../../src/core/errors.js';
import type * as native from '../../src/nn/backend.js';
import type * as stepping from '../../src/nn/step-cache.js';
import type * as searching from '../../src/strategies/par/search-for.js';
import type { LearnContext } from '../../src/strategies/strategy.js';
import type { ParOptions } from '../../src/strategies/par/options.js';
import type { Search, SearchProgress } from '../../src/search/search.js';
import { finishSearch, searchContext, stateOf, tinySearchOptions, tinySearchTask } from './tiny-search.js';

/** A worker runs a compiled module, so the search is the built one here. */
async function built(module: string): Promise<unknown> {
  const url = new URL(`../../dist/${module}`, import.meta.url);
  if (!existsSync(fileURLToPath(url))) throw new Error(`dist/${module} is missing: npm run build`);
  return import(/* @vite-ignore */ url.href);
}
const { searchFor } = (await built('strategies/par/search-for.js')) as typeof searching;
const { createStepCache } = (await built('nn/step-cache.js')) as typeof stepping;
const { tf } = (await built('nn/backend.js')) as typeof native;

const task = tinySearchTask();
const round = { searchRound: 3, samples: 5 };

/** The processes that a test has started. */
let children: ChildProcess[];
const noteChild = (message: unknown) => void children.push((message as { process: ChildProcess }).process);
beforeAll(() => {
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '2';
  subscribe('child_process', noteChild);
});
afterAll(() => unsubscribe('child_process', noteChild));
beforeEach(() => (children = []));
afterEach(async () => {
  for (const child of children) await ended(child); // a search that is closed leaves none behind, however it ended
});

async function ended(child: ChildProcess): Promise<string | number | null> {
  if (child.exitCode === null && child.signalCode === null) await new Promise((resolve) => child.once('exit', resolve));
  return child.signalCode ?? child.exitCode;
}

function start(options: Partial<ParOptions>, context: Partial<LearnContext> = {}, resumed?: SearchProgress): Search {
  const steps = createStepCache(options.engine ?? 'eager');
  return searchFor(task, tinySearchOptions({ ...round, ...options }), steps, searchContext(context), resumed);
}

const alone = new Map<ParOptions['engine'], Awaited<ReturnType<typeof finishSearch>>>();
const settings = { eager: { engine: 'eager' }, auto: { engine: 'auto', batchSize: 3 } } as const;
beforeAll(async () => {
  for (const engine of ['eager', 'auto'] as const) alone.set(engine, await finishSearch(start(settings[engine])));
  expect(alone.get('eager')?.states).toHaveLength(5);
});

describe('a search in rounds', () => {
  // The same operations on the same shapes with the same number of threads, in another process.
  it.each([
    ['eager', 1],
    ['eager', 2],
    ['auto', 2],
  ] as const)('is the same to the last bit, engine %s, with %d workers', async (engine, workers) => {
    const tensors = tf.memory().numTensors;
    const notices: string[] = [];
    const search = start(settings[engine], { workers, onNotice: (notice) => notices.push(notice) });
    expect(await finishSearch(search)).toEqual(alone.get(engine));
    expect(children).toHaveLength(workers);
    expect(notices).toEqual([]);
    expect(tf.memory().numTensors).toBe(tensors);
  });

  it('has no use for more workers than a round has samples', async () => {
    expect(await finishSearch(start({}, { workers: 20 }))).toEqual(alone.get('eager'));
    expect(children).toHaveLength(3);
  });
});

describe('a worker that is killed', () => {
  it.each([
    ['while it trains', 1],
    ['with the other, while they train', 2],
  ])('%s: what it had is trained here, and a notice says so', async (_, killed) => {
    const notices: string[] = [];
    const search = start({}, { workers: 2, onNotice: (notice) => notices.push(notice) });
    const states: string[] = [];
    for (let i = 0; i < 3; i++) {
      await search.next();
      states.push(stateOf(search));
    }
    const next = search.next();
    await turn();
    for (const child of children.slice(0, killed)) child.kill('SIGKILL');
    await next;
    states.push(stateOf(search), ...(await finishSearch(search)).states);
    expect(states).toEqual(alone.get('eager')?.states);
    expect(notices).toHaveLength(killed);
    expect(notices[0]).toBe('a worker process has ended (SIGKILL); what it was to train is trained by the others and by this process');
  });

  it('before it has begun: the others do it all', async () => {
    const notices: string[] = [];
    const search = start({}, { workers: 2, onNotice: (notice) => notices.push(notice) });
    const first = search.next();
    while (children.length < 2) await turn();
    children[0]?.kill('SIGKILL');
    await first;
    expect([stateOf(search), ...(await finishSearch(search)).states]).toEqual(alone.get('eager')?.states);
    expect(notices).toHaveLength(1);
  });
});

describe('an aborted signal', () => {
  it('ends the workers at once and leaves the search as it was before the round, to go on from with any number of them', async () => {
    const controller = new AbortController();
    const notices: string[] = [];
    const search = start({}, { workers: 2, signal: controller.signal, onNotice: (notice) => notices.push(notice) });
    for (let i = 0; i < 3; i++) await search.next();
    const before = search.progress().state;
    const next = expect(search.next()).rejects.toMatchObject({ code: 'interrupted' });
    await turn();
    controller.abort();
    await next;
    expect(await Promise.all(children.map(ended))).toEqual(['SIGKILL', 'SIGKILL']);
    expect(search.progress().state).toEqual(before);
    expect(notices).toEqual([]);
    const { state, arrays } = search.progress();
    const stored = { state: JSON.parse(JSON.stringify(state)) as typeof state, arrays };
    for (const workers of [0, 1]) {
      const { states } = await finishSearch(start({}, { workers }, stored));
      expect(states).toEqual(alone.get('eager')?.states.slice(3));
    }
  });

  it('while the workers are told the data', async () => {
    const controller = new AbortController();
    const read = (indices: Int32Array) => {
      controller.abort();
      return task.train.read(indices);
    };
    const options = tinySearchOptions(round);
    const context = searchContext({ workers: 2, signal: controller.signal });
    const search = searchFor({ ...task, train: { ...task.train, read } }, options, createStepCache('eager'), context);
    await expect(search.next()).rejects.toMatchObject({ code: 'interrupted' });
    expect(children).toHaveLength(2);
  });
});

it('a training that diverges fails as it does without workers', async () => {
  const failure = (workers: number) => {
    const search = start({ learningRate: 1e30, clip: 1e30 }, { workers });
    return finishSearch(search).then(
      () => undefined,
      (error: unknown) => {
        const { code, message, hint } = error as LifelongError;
        return { code, message, hint };
      },
    );
  };
  const expected = await failure(0);
  expect(expected).toMatchObject({ code: 'diverged' });
  expect(await failure(2)).toEqual(expected);
});
