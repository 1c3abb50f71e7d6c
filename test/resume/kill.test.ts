import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { verifyRun } from '../../src/checkpoint/store.js';
import { random } from '../../src/core/random.js';
import { writeTinyBert } from '../support/tiny-bert.js';
import { compileLearner, startLearner } from './children.js';
import type { LearnerJob } from './learner-child.js';
import { outcomeOf } from './outcome.js';
import { storyPar } from './story.js';

const folder = mkdtempSync(join(tmpdir(), 'lifelong-kill-'));
const encoder = `minilm:${writeTinyBert().weights}`;
let program: string;
beforeAll(() => {
  program = compileLearner(join(folder, 'program'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** The second and third task then get patches on the first's expert. */
const patches = { engine: 'eager', attach: 'patch', attachThreshold: 1, regularizeThreshold: -1 } as const;

/** Each task of texts then gets edits of its own: the first searches where, the others begin as it did. */
const edits = {
  ...({ module: 'edit', rank: 2, engine: 'eager' } as const),
  ...{ stages: ['layer0', 'layer1'], samples: 2, epochs: 4, learningRate: 0.05, regularizeThreshold: -1, allocateThreshold: 1e9 },
};

/** Ways of a story, with so many saves within its tasks; at least so many kills, and one at least in each phase. */
const ways = [
  { name: 'engine eager', settings: { engine: 'eager' }, saves: 48, kills: 26, everyPhase: ['search', 'train', 'distil', 'head'] },
  { name: 'engine auto', settings: { engine: 'auto' }, saves: 48, kills: 26, everyPhase: ['search', 'train', 'distil', 'head'] },
  { name: 'patches on the first expert', settings: patches, saves: 48, kills: 8, everyPhase: ['search', 'train'] },
  { name: 'ensembles of patches', settings: { ...patches, ensemble: 2 }, saves: 48, kills: 4, everyPhase: ['search', 'train'] },
  { name: 'edits of an encoder of texts', on: 'texts', settings: edits, saves: 14, kills: 8, everyPhase: ['search', 'train'] },
] as const;
const saved = /^(candidate-evaluated|epoch-ended (\w+))$/;

it.concurrent.each(ways)(
  'a learner ($name) that is killed again and again loses nothing',
  { timeout: 900_000 },
  async ({ name: way, settings, kills, everyPhase, ...others }) => {
    const onTexts = 'on' in others;
    const job = (name: string): LearnerJob => ({
      run: join(folder, `${name} ${way}`),
      tasks: onTexts ? 'texts' : 'story',
      settings: { ...storyPar, ...settings },
      ...(onTexts && { backbone: encoder }),
    });
    const whole = job('whole');
    const { saves, span } = await timeOf(whole);
    expect(saves).toBe(others.saves);

    const expected = await outcomeOf(whole.run);
    const moments = random(0, 'kill', way);
    const phases: string[] = [];
    const enough = () => phases.length >= kills && everyPhase.every((phase) => phases.includes(phase));
    for (let round = 1; !enough(); round++) {
      const killed = job(`killed-${round}`);
      let alive = true;
      while (alive) {
        const phase = await killOnce(killed, enough() ? Infinity : moments.integer(3), 1.5 * span * moments.uniform());
        if (phase === undefined) alive = false;
        else phases.push(phase);
        if (existsSync(join(killed.run, 'run.json'))) expect(await verifyRun(killed.run), `kill ${phases.length}`).toEqual([]);
      }
      expect(await outcomeOf(killed.run)).toEqual(expected);
    }
  },
);

/** Lets a learner go on to its end: its saves within tasks, and milliseconds from one to the next. */
async function timeOf(job: LearnerJob): Promise<{ saves: number; span: number }> {
  const learner = startLearner(program, job);
  const times: number[] = [];
  for await (const line of learner.lines) if (saved.test(line)) times.push(performance.now());
  expect(await learner.ended).toEqual({ end: 0, errors: '' });
  return { saves: times.length, span: ((times.at(-1) ?? 0) - (times[0] ?? 0)) / times.length };
}

/**
 * Starts a learner and kills it so many milliseconds after its first sign of life or, with `after` 1, 2, …, after that many saves.
 *
 * @returns in which phase it was killed: that of its last save, or `begin` before the first; undefined when it ended before
 */
async function killOnce(job: LearnerJob, after: number, delay: number): Promise<string | undefined> {
  const learner = startLearner(program, job);
  let phase = 'begin';
  let [saves, due] = [0, false];
  for await (const line of learner.lines) {
    const [, kind, ofEpoch] = saved.exec(line) ?? [];
    if (kind !== undefined) [phase, saves] = [ofEpoch ?? 'search', saves + 1];
    if (due || saves < after) continue;
    due = true;
    void sleep(delay).then(() => learner.process.kill('SIGKILL'));
  }
  const { end, errors } = await learner.ended;
  expect(errors).toBe('');
  return end === 'SIGKILL' ? phase : undefined;
}
