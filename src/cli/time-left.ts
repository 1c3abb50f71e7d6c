import type { LearnEvent } from '../core/events.js';

/** Seconds that a run will still take, from the pace of this task's epochs and of the tasks before; null while there is nothing to go by. */
export function estimateTimeLeft(): { next(event: LearnEvent): void; seconds(): number | null } {
  let tasks: number | null = null;
  let learned: number[] = [];
  let current = 0;
  let phase: { left: number; pace: number } | null = null;
  return {
    next(event) {
      switch (event.type) {
        case 'run-started':
          tasks = event.tasks;
          break;
        case 'task-started':
          current = event.task;
          phase = null;
          break;
        case 'candidate-evaluated':
          phase = { left: event.samples - event.sample, pace: smooth(phase?.pace, event.seconds) };
          break;
        case 'epoch-ended':
          phase = { left: event.epochs - event.epoch, pace: smooth(phase?.pace, event.seconds) };
          break;
        case 'task-learned':
          learned = [...learned, event.record.seconds];
          phase = null;
          break;
        default:
      }
    },
    seconds() {
      if (phase === null) return null;
      const inTask = phase.left * phase.pace;
      if (tasks === null || learned.length === 0) return inTask;
      const mean = learned.reduce((sum, seconds) => sum + seconds, 0) / learned.length;
      return inTask + mean * (tasks - current - 1);
    },
  };
}

function smooth(before: number | undefined, now: number): number {
  return before === undefined ? now : 0.7 * before + 0.3 * now;
}
