import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseHTML } from 'linkedom';
import { describe, expect, it } from 'vitest';
import type { Edge } from '../../src/core/genotype.js';
import { drawGenotype } from '../../src/report/chart-genotype.js';
import { genotypeFigures, reportFigures } from '../../src/report/figures.js';
import { renderHtml } from '../../src/report/html.js';
import { renderPng } from '../../src/report/picture.js';
import { lightTheme } from '../../src/report/theme.js';
import { trainingSeries } from '../../src/report/training.js';
import { summarize } from '../../src/report/summary.js';
import { writeFigures } from '../../src/report/write-figures.js';
import { manyTasks, oneTask, recordOf, threeTasks } from './records.js';

const where = { path: 'checkpoints/demo' };
const records = {
  'no task': recordOf([], []),
  'one task': oneTask(),
  'three tasks': threeTasks(),
  'twenty tasks': manyTasks(20),
  'thirty tasks': manyTasks(30),
};

interface Selection {
  querySelectorAll(selector: string): ArrayLike<{ readonly textContent: string; getAttribute(name: string): string | null }>;
}
const select = (html: string, selector: string) =>
  Array.from((parseHTML(html) as { document: Selection }).document.querySelectorAll(selector));

describe('renderHtml', () => {
  it.each(Object.entries(records))('is one file without network, script or unknown numbers: %s', (_, record) => {
    const html = renderHtml(summarize(record, where));
    expect(html).not.toMatch(/<script|<link|<img|@import|url\(\s*['"]?(?!#)|(?:src|href)="(?!#)/i);
    expect(html.replaceAll('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:/);
    expect(html).not.toMatch(/NaN|Infinity|\bundefined\b(?!<)/);
  });

  it('holds every picture twice, for wide and narrow pages, and every number as a table', () => {
    const report = summarize(threeTasks(), where);
    const html = renderHtml(report);
    expect(select(html, 'figure').map((figure) => figure.getAttribute('id'))).toEqual(reportFigures(report).map((figure) => figure.name));
    expect(select(html, 'figure .wide svg')).toHaveLength(reportFigures(report).length);
    expect(select(html, 'figure .narrow svg')).toHaveLength(reportFigures(report).length);
    const cells = select(html, '.scroll[aria-label="Accuracy matrix"] td').map((cell) => cell.textContent);
    expect(cells).toEqual(['0.990', '–', '–', '0.990', '0.980', '–', '0.950', '0.980', '0.970']);
  });

  it('tells each decision in words', () => {
    const entries = select(renderHtml(summarize(threeTasks(), where)), 'ol.log li').map((entry) => entry.textContent.replace(/\s+/g, ' '));
    expect(entries).toHaveLength(3);
    expect(entries[2]).toContain('Task 2, digits 4 and 5 (t2): regularize in e0 (distil)');
    expect(entries[2]).toContain('distances e0 0.310, e1 0.870; nearest task t0; threshold 0.500; noise floor 0.010');
  });

  it('takes names for text', () => {
    const record = oneTask();
    const tasks = record.tasks.map((task) => ({ ...task, name: '<img src=x onerror=alert(1)>' }));
    expect(select(renderHtml(summarize({ ...record, tasks }, where)), 'img')).toHaveLength(0);
  });
});

describe('training', () => {
  const epoch = (task: number, phase: 'search' | 'train', number: number, loss: number) =>
    ({
      type: 'epoch-ended',
      task,
      phase,
      epoch: number,
      epochs: 2,
      loss,
      validationAccuracy: 0.9,
      learningRate: 0.01,
      seconds: 1,
    }) as const;
  const events = [epoch(0, 'search', 1, 2), epoch(0, 'train', 1, 1), epoch(0, 'train', 2, NaN), epoch(1, 'train', 1, 0.5)];

  it('is a series of its own, counted over the phases of a task, without epochs that are not finite', () => {
    expect(trainingSeries(events).map(({ task, phase, epoch: number, loss }) => [task, phase, number, loss])).toEqual([
      [0, 'search', 1, 2],
      [0, 'train', 2, 1],
      [1, 'train', 1, 0.5],
    ]);
  });

  it('is drawn where the events are given', () => {
    const report = summarize(threeTasks(), where);
    const names = select(renderHtml(report, { training: trainingSeries(events) }), 'figure').map((figure) => figure.getAttribute('id'));
    expect(names).toContain('training-accuracy');
    expect(names).toContain('training-loss');
    expect(renderHtml(report)).not.toContain('training-loss');
  });
});

describe('figures', () => {
  it.each(Object.entries(records))('have numbers for every coordinate at both widths: %s', (_, record) => {
    for (const figure of reportFigures(summarize(record, where))) {
      for (const width of [324, 540]) {
        const svg = figure.draw(width);
        expect(svg, figure.name).not.toMatch(/NaN|undefined|Infinity|="-\d[^"]*" (?:width|height)/);
        expect(Number(/^<svg [^>]*width="([\d.]+)"/.exec(svg)?.[1]), figure.name).toBeLessThanOrEqual(width);
      }
    }
  });

  it('leave out what a run does not have', () => {
    expect(reportFigures(summarize(oneTask(), where)).map((figure) => figure.name)).toEqual(['accuracy', 'experts', 'genotype-e0']);
    const plain = {
      ...threeTasks(),
      experts: [],
      tasks: threeTasks().tasks.map((task) => ({ ...task, decision: null, expert: null, divergence: [] })),
    };
    expect(reportFigures(summarize(plain, where)).map((figure) => figure.name)).toEqual([
      'accuracy',
      'accuracy-over-time',
      'forgetting',
      'growth',
    ]);
  });

  it('write every accuracy into its cell, in ink that stands out from it', () => {
    const svg = reportFigures(summarize(threeTasks(), where))[0]?.draw(540) ?? '';
    const written = [...svg.matchAll(/>(0\.\d{3})<\/text>/g)].map((match) => match[1]);
    expect(written.sort()).toEqual(['0.950', '0.970', '0.980', '0.980', '0.990', '0.990']);
  });

  it('become PNG pictures', () => {
    const svg = reportFigures(summarize(threeTasks(), where))[3]?.draw(540) ?? '';
    const png = Buffer.from(renderPng(svg, 1));
    expect(png.subarray(1, 4).toString('latin1')).toBe('PNG');
    expect(png.readUInt32BE(16)).toBe(540);
  });

  it('are written as files, or refused with the path', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'figures-'));
    const figures = reportFigures(summarize(oneTask(), where));
    const paths = await writeFigures(figures, join(folder, 'a', 'b'), ['svg']);
    expect(paths.map((path) => path.split('/').at(-1))).toEqual(['accuracy.svg', 'experts.svg', 'genotype-e0.svg']);
    expect(await readFile(paths[0] ?? '', 'utf8')).toBe(figures[0]?.draw(720));
    await expect(writeFigures(figures, join(paths[0] ?? '', 'c'), ['svg'])).rejects.toMatchObject({ code: 'storage' });
    await rm(folder, { recursive: true });
  });
});

describe('genotype drawings', () => {
  const edges: Edge[] = [
    ['linear', 0],
    ['bottleneck', 1],
    ['skip_connect', 2],
    ['none', 1],
  ];

  it('draw cells with two nodes and without reduction, as experts for vectors have', () => {
    const svg = drawGenotype({ normal: edges, reduce: [], normalConcat: [2, 3], reduceConcat: [] }, 324, lightTheme);
    expect(svg).toContain('normal linear from in −2 to 0; normal bottleneck from in −1 to 0; normal skip_connect from 0 to 1');
    expect(svg).not.toMatch(/NaN|reduce/);
  });

  it('are made once for experts that share an architecture', () => {
    const report = summarize(threeTasks(), where);
    expect(genotypeFigures(report).map((figure) => figure.title)).toEqual(['Genotype of e0, e1']);
    const other = report.experts.map((expert, i) =>
      i === 1 && expert.genotype ? { ...expert, genotype: { ...expert.genotype, normal: expert.genotype.reduce } } : expert,
    );
    expect(genotypeFigures({ experts: other }).map((figure) => figure.title)).toEqual(['Genotype of e0', 'Genotype of e1']);
  });
});
