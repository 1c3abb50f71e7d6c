import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readRun } from '../../src/checkpoint/store.js';
import { readReport, reportSchema } from '../../src/index.js';
import { reportFormats, type ReportFormatName } from '../../src/report/formats.js';
import { tempFolder } from '../data/temp-folder.js';
import { filesIn, runProgram, writeProject } from './code-blocks.js';

const sections = ['A data source', 'A strategy', 'A kind of expert', 'A decision kind'] as const;
const folder = tempFolder();
writeProject(folder, new Map(sections.flatMap((heading) => [...filesIn('extending.md', heading)])));
const inProject = (run: string) => join(folder, 'checkpoints', run);

function printed(name: string, program: string): string {
  const imports = `
    import { learn, loadStream, openRun } from 'lifelong';
    import { boundedPar } from './full-house.mjs';
    import { holdWeights } from './hold-weights.mjs';
    import { finetuneMaxout } from './maxout.mjs';
    import { sensorLog } from './sensor-log.mjs';
    import { tasks } from './tasks.mjs';
    const options = { channels: 4, cells: 2, epochs: 3, samples: 1, regularizeThreshold: -1, allocateThreshold: 1 };
  `;
  writeFileSync(join(folder, name), imports + program);
  return runProgram(folder, name);
}

describe('docs/extending.md: a decision kind', () => {
  it('is taken where it applies, and reports of every form have its words', async () => {
    expect(runProgram(folder, 'learn-bounded.mjs')).toMatch(/^a search - .+\nb reuse-architecture - .+\nc full-house - There are two/);
    const report = await readReport(inProject('bounded'));
    expect(reportSchema.parse(report)).toEqual(report);
    expect(report.tasks.map(({ expert }) => expert)).toEqual(['e0', 'e1', report.tasks[2]?.decision?.expert]);
    const rendering = { table: 'decisions', style: { width: 120, color: false }, training: () => Promise.resolve([]) };
    for (const format of Object.keys(reportFormats) as ReportFormatName[]) {
      expect(await reportFormats[format]([report], rendering)).toContain(', there are two');
    }
  });

  it('is stopped while it is carried out and gone on with to the same weights', async () => {
    const stopped = printed(
      'stopped.mjs',
      `
      const stop = new AbortController();
      await learn(tasks, boundedPar.create(options), { run: 'checkpoints/stopped', signal: stop.signal })
        .forEach(({ type, task, epoch }) => { if (type === 'epoch-ended' && task === 2 && epoch === 1) stop.abort(); })
        .catch(({ code }) => console.log(code));
      const without = await openRun('checkpoints/stopped');
      await without.resume(tasks).forEach(() => {}).catch(({ code, hint }) => console.log(code, hint));
      const run = await openRun('checkpoints/stopped', { strategies: [boundedPar] });
      await run.resume(tasks).forEach(() => {});
      `,
    );
    expect(stopped).toBe('interrupted\nusage hand it over again: openRun(run, { strategies: [strategy] })\n');
    const [whole, resumed] = await Promise.all(['bounded', 'stopped'].map((run) => readRun(inProject(run))));
    expect(resumed?.tasks.map(({ decision }) => decision)).toEqual(whole?.tasks.map(({ decision }) => decision));
    expect(resumed?.files).toEqual(whole?.files);
  });
});

it('docs/extending.md: a source, strategies, a kind of expert and one of decisions work together in one project', async () => {
  const states = ['running', 'idle', 'worn', 'broken'];
  const lines = Array.from({ length: 240 }, (_, i) => {
    const state = (i >> 2) % 4;
    return [states[state], ...[0, 1, 2].map((d) => (Math.sin(3 * state + 2 * d) + (i % 7) / 20).toFixed(3))].join(' ');
  });
  writeFileSync(join(folder, 'machines.log'), lines.join('\n'));
  printed(
    'together.mjs',
    `
    const stream = await loadStream('machines.yaml', { sources: [sensorLog] });
    const quick = { epochs: 6, batchSize: 16, learningRate: 0.1 };
    const strategies = { held: holdWeights.create(quick), maxout: finetuneMaxout.create(quick), bounded: boundedPar.create(options) };
    for (const [run, strategy] of Object.entries(strategies)) await learn(stream, strategy, { run: 'checkpoints/machines-' + run }).forEach(() => {});
    `,
  );
  for (const run of ['held', 'maxout', 'bounded']) {
    const { tasks, strategy } = await readRun(inProject(`machines-${run}`));
    expect([strategy.name, tasks.length]).toEqual([{ held: 'hold-weights', maxout: 'finetune-maxout', bounded: 'bounded-par' }[run], 2]);
  }
});
