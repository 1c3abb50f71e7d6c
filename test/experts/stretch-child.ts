/** A process that learns {@link tasks} by `stretch` into the run folder in `argv[2]`, or goes on with it; says each event's type and task. */
import { writeSync } from 'node:fs';
import { argv } from 'node:process';
import { readRun } from '../../src/checkpoint/store.js';
import { learn } from '../../src/learner/learn.js';
import { openRun } from '../../src/run/open.js';
import { quick, randomBackbone, stretch, tasks } from './stretched.js';

const [run = ''] = argv.slice(2);
const strategies = [stretch(randomBackbone())];
const begun = await readRun(run).then(
  () => true,
  () => false,
);
const events = begun
  ? (await openRun(run, { strategies })).resume(tasks(), { saveEvery: 1 })
  : learn(tasks(), stretch(randomBackbone()).create(quick), { run, saveEvery: 1 });
await events.forEach((event) => void writeSync(1, `${event.type} ${'task' in event ? event.task : ''}\n`));
