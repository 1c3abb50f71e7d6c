import { describe, expect, it } from 'vitest';
import { parseGenotype } from '../../src/core/genotype.js';
import { renderInspection, renderInspectionJson, renderInspectionSvg } from '../../src/report/inspect.js';
import { renderPng } from '../../src/report/picture.js';
import { summarize } from '../../src/report/summary.js';
import { genotype, manyTasks, threeTasks } from './records.js';

const report = summarize(threeTasks(), { path: 'checkpoints/demo' });
const bare = summarize(threeTasks({ experts: [], tasks: threeTasks().tasks.map((task) => ({ ...task, decision: null, expert: null })) }), {
  path: 'checkpoints/demo',
});

describe('inspection', () => {
  it('is JSON with every distance of every decision and genotypes that read back', () => {
    const inspection = JSON.parse(renderInspectionJson(report)) as {
      schema: string;
      experts: { id: string; tasks: string[]; genotypeText: string }[];
      tasks: { id: string; decision: { divergences: Record<string, number> } }[];
    };
    expect(inspection.schema).toBe('lifelong.inspection/1');
    expect(inspection.experts.map(({ id, tasks }) => [id, tasks])).toEqual([
      ['e0', ['t0', 't2']],
      ['e1', ['t1']],
    ]);
    expect(parseGenotype(inspection.experts[0]?.genotypeText ?? '')).toEqual(genotype);
    expect(inspection.tasks[2]?.decision.divergences).toEqual({ e0: 0.31, e1: 0.87 });
  });

  it('says in text who shares an expert, what each node adds up, and whose genotype was copied', () => {
    const text = renderInspection(report);
    expect(text).toContain('shared by task 0, task 2; 12,344 parameters');
    expect(text).toContain('normal 1 = skip_connect(in −2) + dil_conv_3x3(0)');
    expect(text).toMatch(/e1 copied from e0\n.*\n {4}genotype of e0\n/);
    expect(text).toContain('distances e0 0.310, e1 0.870');
  });

  it('fits 80 columns with 40 tasks', () => {
    const text = renderInspection(summarize(manyTasks(40), { path: 'checkpoints/demo' }));
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  it('draws genotypes as one SVG, which is a picture', () => {
    const svg = renderInspectionSvg(report);
    expect(svg).toContain('Genotype of e0, e1');
    expect(svg).not.toMatch(/NaN|undefined/);
    expect(Buffer.from(renderPng(svg, 1)).readUInt32BE(16)).toBe(640 + 32);
  });

  it('says what a strategy without experts does not have', () => {
    expect(renderInspection(bare)).toContain('This strategy has no experts.');
    expect(() => renderInspectionSvg(bare)).toThrow(/an expert with one expected in checkpoints\/demo, found none/);
  });
});
