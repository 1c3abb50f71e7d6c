/**
 * A process that learns into a run folder: begins the run where there is none, else goes on with it. `node learner-child.js <job>`, where the
 * job is a {@link LearnerJob} as JSON. Says `ready`, then each event's type and phase on a line of its own, when it has happened.
 */
import { writeSync } from 'node:fs';
import { argv, memoryUsage } from 'node:process';
import { readRun } from '../../src/checkpoint/store.js';
import type { LearnEvent } from '../../src/core/events.js';
import { learn } from '../../src/learner/learn.js';
import { openRun } from '../../src/run/open.js';
import { tf } from '../../src/nn/backend.js';
import { par, type ParInput } from '../../src/strategies/par/par.js';
import { manyTasks, story, textStory } from './story.js';

export interface LearnerJob {
  readonly run: string;
  /** The story, that of texts, or so many small tasks. */
  readonly tasks: 'story' | 'texts' | number;
  /** What experts stand on, where they do. */
  readonly backbone?: string;
  readonly settings: ParInput;
  /** 1 by default. */
  readonly saveEvery?: number;
  /** Stops, as Ctrl-C does, when so many tasks have been learned by this process. */
  readonly stopAfter?: number;
}

const job = JSON.parse(argv[2] ?? '') as LearnerJob;
const say = (line: string) => writeSync(1, `${line}\n`);
const stop = new AbortController();
const options = { saveEvery: job.saveEvery ?? 1, signal: stop.signal, onNotice: (notice: string) => say(`notice ${notice}`) };
const tasks = job.tasks === 'story' ? story() : job.tasks === 'texts' ? textStory() : manyTasks(job.tasks);
const begun = await readRun(job.run).then(
  () => true,
  () => false,
);
say('ready');
const strategy = par(job.settings);
const events = begun
  ? (await openRun(job.run)).resume(tasks, options)
  : learn(tasks, strategy, { ...options, run: job.run, ...(job.backbone !== undefined && { backbone: job.backbone }) });
let learned = 0;
await new Promise<void>((resolve, reject) => {
  events.subscribe({ next: tell, error: (error) => (stop.signal.aborted ? resolve() : reject(error as Error)), complete: resolve });
});
strategy.dispose();
say(`tensors ${tf.memory().numTensors}`);

function tell(event: LearnEvent): void {
  say(event.type === 'epoch-ended' ? `epoch-ended ${event.phase}` : event.type);
  if (event.type !== 'task-learned') return;
  globalThis.gc?.();
  say(`memory ${tf.memory().numTensors} ${memoryUsage().rss}`);
  learned += 1;
  if (learned === job.stopAfter) stop.abort();
}
