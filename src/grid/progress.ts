import { z } from 'zod';
import type { LearnEvent } from '../core/events.js';

/** How far a run has come. */
export const progressSchema = z.object({
  /** 0-based; the task under way. */
  task: z.int().min(0),
  tasks: z.int().min(0).nullable(),
  /** What is done in it, such as `train 3/8`; empty between tasks. */
  at: z.string(),
});
export type Progress = z.infer<typeof progressSchema>;

/** How far a run has come after one more event; the same object where that says nothing new. */
export function progressAfter(before: Progress, event: LearnEvent): Progress {
  switch (event.type) {
    case 'run-started':
      return { task: event.learned, tasks: event.tasks, at: '' };
    case 'task-started':
      return { ...before, task: event.task, at: '' };
    case 'epoch-ended':
      return { ...before, task: event.task, at: `${event.phase} ${event.epoch}/${event.epochs}` };
    case 'candidate-evaluated':
      return { ...before, task: event.task, at: `search ${event.sample}/${event.samples}` };
    case 'examples-added':
      return { ...before, task: event.task, at: `examples ${event.examples}/${event.of}` };
    case 'task-learned':
      return { ...before, task: event.task + 1, at: '' };
    default:
      return before;
  }
}

export const noProgress: Progress = { task: 0, tasks: null, at: '' };
