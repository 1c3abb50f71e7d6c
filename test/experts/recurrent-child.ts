/** A process that learns {@link recurrentStream} on the backbone in `argv[3]` into the run folder in `argv[2]`, or goes on with it; says each event's type and task. */
import { writeSync } from 'node:fs';
import { argv } from 'node:process';
import { readRun } from '../../src/checkpoint/store.js';
import { learn } from '../../src/learner/learn.js';
import { openRun } from '../../src/run/open.js';
import { recurrentExperts, recurrentStream } from './recurrent-tasks.js';

const [run = '', backbone = ''] = argv.slice(2);
const begun = await readRun(run).then(
  () => true,
  () => false,
);
const events = begun
  ? (await openRun(run)).resume(recurrentStream(), { saveEvery: 1 })
  : learn(recurrentStream(), recurrentExperts(), { run, backbone, saveEvery: 1 });
await events.forEach((event) => void writeSync(1, `${event.type} ${'task' in event ? event.task : ''}\n`));
