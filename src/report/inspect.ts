import { LifelongError } from '../core/errors.js';
import { formatGenotype, type Genotype } from '../core/genotype.js';
import { describeDecision } from './decision-words.js';
import { genotypeFigures } from './figures.js';
import { learnedTasks } from './learned-tasks.js';
import { formatBytes, formatCount, formatShare, formatSize } from './numbers.js';
import type { Report } from './schema.js';
import { stackSvg } from './stack-svg.js';
import { createColors, plain, wrap } from './text-layout.js';
import { renderDivergence } from './text-matrix.js';
import { describeArchitecture, describeBase, describeDistances, nameNode, nameTask, titleOf } from './words.js';

/** What a run consists of, as JSON text `lifelong.inspection/1`: experts with their genotypes and tasks, decisions with every distance, the divergence matrix. */
export function renderInspectionJson(report: Report): string {
  const { run, stream, strategy, seed, features, experts, tasks, divergence } = report;
  const inspection = {
    schema: 'lifelong.inspection/1',
    run,
    stream,
    strategy,
    seed,
    features,
    experts: experts.map((expert) => ({ ...expert, genotypeText: expert.genotype && formatGenotype(expert.genotype) })),
    tasks: tasks.map(({ id, index, name, expert, addedParameters, decision }) => ({ id, index, name, expert, addedParameters, decision })),
    divergence,
  };
  return `${JSON.stringify(inspection, null, 2)}\n`;
}

/** The same for a terminal, without a last newline. */
export function renderInspection(report: Report, options: { readonly width?: number; readonly color?: boolean } = {}): string {
  const width = Math.max(72, options.width ?? 80);
  const colors = createColors(options.color ?? false);
  const names = new Map(report.tasks.map((task) => [task.id, `task ${task.index}`]));
  const experts = report.experts.map((expert) => {
    const shared = expert.tasks.map((id) => names.get(id) ?? plain(id)).join(', ');
    const size = `${formatCount(expert.parameters)} parameters, ${formatBytes(expert.bytes)}, ${formatSize(expert.macs)} multiply-adds`;
    const leak = expert.leak === undefined ? '' : `; ${formatShare(expert.leak)} of what its edits add lies in the subspaces of others`;
    const base = describeBase(expert.on);
    return [
      `  ${colors.bold(expert.id)} ${describeArchitecture(expert)}`,
      ...(base === null ? [] : [wrap(`stands on ${plain(base)}`, width, '    ')]),
      wrap(`shared by ${shared}; ${size}${leak}`, width, '    '),
      ...genotypeLines(expert, report),
    ].join('\n');
  });
  const decisions = report.tasks.map((task) => {
    const lines = [describeDecision(task.decision), task.decision?.reason ?? '', describeDistances(task.decision)].filter(
      (line) => line !== '',
    );
    return [
      `  ${colors.bold(`task ${task.index}`)} ${plain(nameTask(task))}`,
      ...lines.map((line) => wrap(plain(line), width, '    ')),
    ].join('\n');
  });
  return [
    colors.bold(plain(`${titleOf(report)}: ${report.run.path}, ${report.run.status}, ${learnedTasks(report)}`)),
    `${colors.bold('Experts')}\n${experts.length > 0 ? experts.join('\n') : '  This strategy has no experts.'}`,
    `${colors.bold('Decisions')}\n${decisions.length > 0 ? decisions.join('\n') : '  No task has been learned yet.'}`,
    ...(report.divergence.length > 1
      ? [`${colors.bold('Divergence between tasks')}\n${renderDivergence(report.divergence, width, colors)}`]
      : []),
  ].join('\n\n');
}

function genotypeLines({ id, genotype }: Report['experts'][number], { experts }: Report): string[] {
  if (genotype === null) return [];
  const text = formatGenotype(genotype);
  const first = experts.find((other) => other.genotype !== null && formatGenotype(other.genotype) === text);
  return first === undefined || first.id === id ? cellLines(genotype) : [`    genotype of ${first.id}`];
}

/** What each node of a cell adds up, a line for each. */
function cellLines(genotype: Genotype): string[] {
  return (['normal', 'reduce'] as const).flatMap((cell) => {
    const edges = genotype[cell].map(([operation, from]) => `${operation}(${nameNode(from)})`);
    return edges.flatMap((edge, i) => (i % 2 === 0 ? [`    ${cell} ${nameNode(2 + i / 2)} = ${edge} + ${edges[i + 1] ?? ''}`] : []));
  });
}

/**
 * The genotypes of a run drawn one below the other.
 *
 * @throws LifelongError `usage` when no expert has one
 */
export function renderInspectionSvg(report: Report): string {
  const figures = genotypeFigures(report);
  if (figures.length === 0) {
    throw new LifelongError(
      'usage',
      `genotype: an expert with one expected in ${report.run.path}, found none`,
      'use --format text or json',
    );
  }
  return stackSvg(figures.map((figure) => ({ title: figure.title, svg: figure.draw(640) })));
}
