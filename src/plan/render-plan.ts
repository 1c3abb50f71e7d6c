import { formatBytes, formatCount } from '../report/numbers.js';
import { grid, plain, wrap } from '../report/text-layout.js';
import type { Placement } from './placements.js';
import type { RunNumbers } from './run-numbers.js';
import type { Technology } from './technology.js';

/** What a plan is of. */
export interface Plan {
  readonly run: string;
  readonly file: string;
  readonly technology: Technology;
  readonly numbers: RunNumbers;
  readonly placements: readonly Placement[];
}

/** Whose constants these are, in a sentence. */
const constantsOf = ({ file, technology: { about, illustrative } }: Plan): string =>
  `All constants are those of ${file} (${about})${illustrative ? ': illustrative, of no device in particular' : ''}.`;

/** A plan as JSON text `lifelong.plan/1`. */
export function renderPlanJson(plan: Plan): string {
  const { run, file, technology, numbers, placements } = plan;
  return `${JSON.stringify({ schema: 'lifelong.plan/1', run, constants: constantsOf(plan), technology: { file, ...technology }, numbers, placements }, null, 2)}\n`;
}

/** The same for a terminal, without a last newline. */
export function renderPlan(plan: Plan, width: number): string {
  const { run, numbers, placements } = plan;
  const head = ['frozen numbers in', "tasks' numbers in", 'bytes', 'area, mm²', 'a pass, µJ', 'of it reads', 'standby', 'a new task, µJ'];
  const rows = placements.map(({ form, frozen, tasks, bytes, area, energy }) => [
    plain(form === 'copies' ? `${frozen}, a copy a task` : frozen),
    plain(tasks),
    formatBytes(bytes.frozen + bytes.tasks),
    ...[area, energy.pass, energy.reads, energy.standby, energy.newTask].map((value) => threeDigits(value)),
  ]);
  const said = `${run}: ${formatCount(numbers.frozen)} frozen numbers, ${formatCount(numbers.tasks)} of ${numbers.passes.length} tasks' own`;
  return [
    wrap(plain(said), width),
    grid([head, ...rows], { align: ['left', 'left', 'right', 'right', 'right', 'right', 'right', 'right'] }),
    wrap(plain(constantsOf(plan)), width),
  ].join('\n\n');
}

const threeDigits = (value: number): string => (value === 0 ? '0' : String(Number(value.toPrecision(3))));
