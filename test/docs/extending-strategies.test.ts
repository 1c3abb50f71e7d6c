import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readRun } from '../../src/checkpoint/store.js';
import { readReport } from '../../src/index.js';
import { lifelong } from '../cli/lifelong.js';
import { tempFolder } from '../data/temp-folder.js';
import { filesIn, runProgram, writeProject } from './code-blocks.js';

const sections = [
  'A strategy',
  'A kind of expert',
  'An expert on something frozen',
  'A feature extractor',
  'A metric, a report format',
] as const;
const folder = tempFolder();
writeProject(folder, new Map(sections.flatMap((heading) => [...filesIn('extending.md', heading)])));
const inProject = (run: string) => join(folder, 'checkpoints', run);

/** What a program of the project prints, which has the modules of the examples. */
function printed(name: string, program: string): string {
  const imports = `
    import { exportRun, learn, openRun } from 'lifelong';
    import { holdWeights } from './hold-weights.mjs';
    import { finetuneMaxout } from './maxout.mjs';
    import { tasks } from './tasks.mjs';
  `;
  writeFileSync(join(folder, name), imports + program);
  return runProgram(folder, name);
}

const weightsOf = async (run: string) =>
  Object.entries((await readRun(inProject(run))).files).map(([group, { sha256 }]) => [group, sha256]);

describe('docs/extending.md: a strategy', () => {
  it('learns, goes on and predicts in a project of its own', async () => {
    expect(runProgram(folder, 'learn.mjs')).toContain('task-learned');
    const resumed = runProgram(folder, 'resume.mjs');
    expect(resumed).toContain('run-finished');
    expect(resumed).toMatch(/class: 1,\s+probability: 0\.9/);
    const report = await readReport(inProject('own'));
    expect(report.strategy).toMatchObject({ name: 'hold-weights', options: { units: 16, strength: 1, epochs: 6 } });
    expect(Math.min(...report.tasks.map(({ accuracy }) => accuracy.learned ?? 0))).toBeGreaterThan(0.8);
  });

  it('is stopped in the middle of a task and goes on to the weights of a run that was not', async () => {
    const options = '{ epochs: 6, batchSize: 16, learningRate: 0.1 }';
    printed('whole.mjs', `await learn(tasks, holdWeights.create(${options}), { run: 'checkpoints/whole' }).forEach(() => {});`);
    const stopped = printed(
      'stopped.mjs',
      `
      const stop = new AbortController();
      await learn(tasks, holdWeights.create(${options}), { run: 'checkpoints/stopped', signal: stop.signal })
        .forEach(({ type, task, epoch }) => { if (type === 'epoch-ended' && task === 1 && epoch === 3) stop.abort(); })
        .catch(({ code }) => console.log(code));
      `,
    );
    expect(stopped).toBe('interrupted\n');
    expect((await readRun(inProject('stopped'))).tasks).toHaveLength(1);
    printed(
      'continued.mjs',
      `await (await openRun('checkpoints/stopped', { strategies: [holdWeights] })).resume(tasks).forEach(() => {});`,
    );
    const weights = await weightsOf('stopped');
    expect(weights.map(([group]) => group)).toContain('experts/e0');
    expect(weights).toEqual(await weightsOf('whole'));
  });

  it('does what it is for: held weights move less', () => {
    const moved = (strength: number) =>
      Number(
        printed(
          'moved.mjs',
          `
          const weights = [];
          for (const part of [tasks.slice(0, 1), tasks]) {
            const strategy = holdWeights.create({ epochs: 6, batchSize: 16, learningRate: 0.1, strength: ${strength} });
            await learn(part, strategy).forEach(() => {});
            weights.push(Object.values((await strategy.save()).arrays['experts/e0']).flatMap(({ data }) => [...data]));
          }
          console.log(weights[0].reduce((sum, value, i) => sum + (value - weights[1][i]) ** 2, 0));
          `,
        ),
      );
    const free = moved(0);
    expect(free).toBeGreaterThan(0);
    expect(moved(5)).toBeLessThan(0.5 * free);
  });

  it('is exported', () => {
    const models = printed(
      'export.mjs',
      `const { tasks: models } = await exportRun('checkpoints/own', 'web', { strategies: [holdWeights] }); console.log(models.length);`,
    );
    expect(models).toBe('3\n');
  });

  it('keeps the contract of strategies', () => {
    expect(runProgram(folder, 'check.mjs')).toContain('keeps its promises');
  });

  it('has to be handed over: errors say how, and the option that they name is the one that works', async () => {
    const refusals = printed(
      'refused.mjs',
      `
      const run = await openRun('checkpoints/own');
      const tries = [
        () => run.predict([[1, 0, 1]], { task: 'a' }),
        () => run.identify([[1, 0, 1]]),
        () => run.resume(tasks).forEach(() => {}),
        () => exportRun('checkpoints/own', 'other'),
        () => openRun('checkpoints/own', { strategies: [{ ...holdWeights, name: 'ewc' }] }).then((opened) => opened.predict([[1, 0, 1]], { task: 'a' })),
      ];
      for (const attempt of tries) await attempt().catch(({ code, message, hint }) => console.log(code + ': ' + message + '; ' + hint));
      `,
    );
    const unknown = 'usage: strategy "hold-weights" of checkpoints/own was made by a program; hand it over again: ';
    const opened = `${unknown}openRun(run, { strategies: [strategy] })`;
    expect(refusals.trim().split('\n')).toEqual([
      ...[opened, opened, opened],
      `${unknown}exportRun(run, folder, { strategies: [strategy] })`,
      'usage: strategies: names that are not taken expected, found "ewc"; give the strategy another name',
    ]);
    const { code, stderr } = await lifelong(['export', 'checkpoints/own', '-o', 'other'], { cwd: folder });
    expect([code, stderr]).toEqual([2, expect.stringContaining('exportRun(run, folder, { strategies: [strategy] })')]);
  });

  it('refuses an option that it does not have', () => {
    const refused = printed(
      'options.mjs',
      `try { holdWeights.create({ strenght: 2 }); } catch (e) { console.log(e.message + '; ' + e.hint); }`,
    );
    expect(refused).toBe('hold-weights: unknown option "strenght"; did you mean strength?\n');
  });
});

describe('docs/extending.md: a kind of expert', () => {
  it('learns a stream into a run that is reported like any other', async () => {
    expect(runProgram(folder, 'learn-maxout.mjs')).toContain("{ kind: 'maxout', units: 6 } 36");
    const { experts, tasks } = await readReport(inProject('maxout'));
    expect(experts).toMatchObject([{ id: 'e0', genotype: null, tasks: ['a', 'b', 'c'] }]);
    expect(Math.min(...tasks.map(({ accuracy }) => accuracy.learned ?? 0))).toBeGreaterThan(0.8);
  });

  it('refuses inputs that it is not for', () => {
    const refused = printed(
      'images.mjs',
      `
      const images = tasks.map((task) => ({ ...task, inputShape: [1, 3, 1] }));
      await learn(images, finetuneMaxout.create()).forEach(() => {}).catch(({ code, message }) => console.log(code + ': ' + message));
      `,
    );
    expect(refused).toBe('data: task a: an expert of kind maxout takes vectors [length], found [1,3,1]\n');
  });
});

describe('docs/extending.md: an expert on something frozen', () => {
  it('learns a stream into a run that has the backbone once', async () => {
    const printedLines = runProgram(folder, 'learn-rescaled.mjs').trim().split('\n');
    const { experts, files } = await readRun(inProject('rescaled'));
    expect(printedLines).toEqual(['e0', 'e1', 'e2'].map((id) => `${id} random ${experts[0]?.on?.sha256.slice(0, 8) ?? ''} 64`));
    expect(Object.keys(files).filter((group) => group.startsWith('frozen/'))).toHaveLength(1);
    const { tasks } = await readReport(inProject('rescaled'));
    expect(Math.min(...tasks.map(({ accuracy }) => accuracy.learned ?? 0))).toBeGreaterThan(0.8);
  });
});

describe('docs/extending.md: a feature extractor', () => {
  it('is learned and gone on with', async () => {
    expect(runProgram(folder, 'learn-moments.mjs')).toContain('run-finished');
    const { features, tasks } = await readRun(inProject('moments'));
    expect(features).toEqual({
      asked: 'moments',
      used: { vector: { name: 'moments', sha256: null, size: 2, normalization: null } },
      standardize: true,
    });
    expect(tasks).toHaveLength(3);
    expect(tasks[2]?.divergence).toHaveLength(2);
  });
});

describe('docs/extending.md: a metric, a report format', () => {
  it('is a function of the report', async () => {
    const report = await readReport(inProject('own'));
    const worst = Math.min(...report.tasks.map(({ accuracy }) => accuracy.final ?? 1));
    expect(runProgram(folder, 'worst-task.mjs')).toContain(`| ${worst.toFixed(3)} |`);
  });
});
