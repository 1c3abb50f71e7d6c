import { decisionName } from '../core/decision.js';
import type { LearnEvent } from '../core/events.js';
import { formatCount, formatSeconds, formatShare, formatSize } from '../report/numbers.js';
import { plain } from '../report/text-layout.js';

/** An event in words, on one line; undefined for those that say nothing new to a reader. */
export function describeEvent(event: LearnEvent, tasks: number | null): string | undefined {
  if (event.type === 'run-started') {
    const learned = event.learned > 0 ? `, ${event.learned} learned already` : '';
    return plain(`${event.strategy} on ${event.stream}, seed ${event.seed}: ${event.tasks ?? 'unknown number of'} tasks${learned}`);
  }
  if (event.type === 'run-finished') return `finished: ${event.tasks} tasks, ${formatSeconds(event.seconds)}`;
  const text = describeTaskEvent(event);
  return text && plain(`[${event.task + 1}${tasks === null ? '' : `/${tasks}`}] ${text}`);
}

type TaskEvent = Exclude<LearnEvent, { type: 'run-started' | 'run-finished' }>;

function describeTaskEvent(event: TaskEvent): string | undefined {
  switch (event.type) {
    case 'task-started': {
      const counts = `${formatCount(event.train)} train, ${formatCount(event.validation)} validation, ${formatCount(event.test)} test`;
      return `task ${event.task}: ${event.name === '' ? event.id : event.name}, ${counts}`;
    }
    case 'difficulty-measured': {
      const distances = event.divergence.map((value, i) => `${value.toFixed(3)} to task ${i}`);
      return distances.length === 0 ? undefined : `divergence ${distances.join(', ')}`;
    }
    case 'decision-made':
      return `${decisionName(event.decision)}: ${event.decision.reason}`;
    case 'candidate-evaluated':
      return `sample ${event.sample}/${event.samples}, accuracy ${formatShare(event.accuracy)}, ${formatSeconds(event.seconds)}`;
    case 'epoch-ended':
      return (
        `${event.phase} ${event.epoch}/${event.epochs}, loss ${event.loss.toFixed(4)}, ` +
        `accuracy ${formatShare(event.validationAccuracy)}, ${formatSeconds(event.seconds)}`
      );
    case 'examples-added':
      return `${formatCount(event.examples)} of ${formatCount(event.of)} examples`;
    case 'accuracy-tracked':
      return event.phase === 'kept'
        ? undefined
        : `${event.phase} ${event.epoch}, on task ${event.on}: accuracy ${formatShare(event.accuracy)}`;
    case 'expert-added':
      return `expert ${event.expert.id}, ${formatSize(event.expert.parameters)} parameters`;
    case 'task-evaluated':
      return event.measured ? `accuracy on task ${event.on}: ${formatShare(event.accuracy)}` : undefined;
    case 'task-learned':
      return `learned in ${formatSeconds(event.record.seconds)}`;
    case 'checkpoint-saved':
      return undefined;
  }
}
