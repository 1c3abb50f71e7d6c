import { memberArchitecture } from '../core/architecture.js';
import { formatShare } from './numbers.js';
import type { ReportedDecision } from './reported-decision.js';
import type { Report, ReportedDuring, ReportedTask } from './schema.js';

/** The numbers behind a decision: `distances e0 0.310, e1 0.870; threshold 0.500; noise floor 0.020`. Empty when none were measured. */
export function describeDistances(decision: ReportedDecision | null): string {
  if (decision === null) return '';
  const distances = Object.entries(decision.divergences).sort((a, b) => byNumber(a[0], b[0]));
  const parts = [
    distances.length > 0 && `distances ${distances.map(([expert, distance]) => `${expert} ${formatShare(distance)}`).join(', ')}`,
    decision.nearest !== null && `nearest task ${decision.nearest}`,
    decision.threshold !== null && `threshold ${formatShare(decision.threshold)}`,
    decision.noiseFloor !== null && `noise floor ${formatShare(decision.noiseFloor)}`,
  ];
  return parts.filter((part) => part !== false).join('; ');
}

/** Where an expert's architecture came from: `searched`, `copied from e0`, `patch on e0`, `fixed`. */
export function describeArchitecture({ architecture, architectureFrom: from, on }: Report['experts'][number]): string {
  if (memberArchitecture(architecture).kind === 'patched' && on && 'expert' in on) return `patch on ${on.expert}`;
  if (from === null) return 'fixed';
  return from === 'searched' ? 'searched' : `copied from ${from}`;
}

/** What an expert stands on: `resnet18 (1f0c2a3b)`, `e0 as it was (77aa01c4)`; null for one that stands on nothing. */
export function describeBase(on: Report['experts'][number]['on']): string | null {
  if (on === null) return null;
  const short = on.sha256.slice(0, 8);
  return 'backbone' in on ? `${on.backbone} (${short})` : `${on.expert} as it was (${short})`;
}

/** A task as people call it: its name, and its id where the name is another. */
export function nameTask(task: Pick<ReportedTask, 'id' | 'name'>): string {
  return task.name === task.id || task.name === '' ? task.id : `${task.name} (${task.id})`;
}

/** A node of a cell: `in −2` and `in −1` are the outputs of the two cells before, then intermediate nodes from 0 on. */
export function nameNode(node: number): string {
  return node === 0 ? 'in −2' : node === 1 ? 'in −1' : String(node - 2);
}

/** At most `limit` items, then how many there are: `0, 1, 2, … (10 in all)`. */
export function listSome(items: readonly (string | number)[], limit: number): string {
  return items.length <= limit ? items.join(', ') : `${items.slice(0, limit).join(', ')}, … (${items.length} in all)`;
}

/** `e2` before `e10`: numbers inside names compare as numbers. */
export function byNumber(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}

/** When and on what accuracy was measured during training: `after every 2 epochs, on at most 500 test examples`. */
export function describeTracking({ every, examples }: ReportedDuring): string {
  return `after every ${every === 1 ? 'epoch' : `${every} epochs`}, on at most ${examples} test examples`;
}

/** The strategy and stream of a report in one line. */
export function titleOf(report: Report): string {
  return `${report.strategy.name} on ${report.stream.name}, seed ${report.seed}`;
}
