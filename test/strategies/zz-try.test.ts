import { it } from 'vitest';
import { lastValueFrom, toArray } from 'rxjs';
import { learn } from '../../src/learner/learn.js';
import { strategies } from '../../src/strategies/registry.js';
import { tinyTask } from '../support/tiny-tasks.js';
import { tf } from '../../src/nn/backend.js';
const three = [tinyTask('a', 1), tinyTask('b', 2), tinyTask('c', 3)];
for (const entry of strategies) for (const engine of ['eager','auto']) for (const network of ['cells','mlp']) it(entry.name+' '+engine+' '+network, async () => {
  const before = tf.memory().numTensors;
  const wanted: Record<string, unknown> = { channels: 2, cells: 3, epochs: 6, batchSize: 16, samples: 2, engine, network, units: 20, importanceExamples: 20 };
  if (network === 'mlp' && !('network' in entry.options.shape)) return;
  const s = await entry.create(Object.fromEntries(Object.entries(wanted).filter(([k]) => k in entry.options.shape)) as never);
  const t = performance.now();
  const notices: string[] = [];
  const events = await lastValueFrom(learn(three, s, { seed: 0, onNotice: (n) => notices.push(n) }).pipe(toArray()));
  console.log(entry.name, engine, network, (performance.now() - t | 0) + 'ms', events.flatMap((e) => e.type === 'task-evaluated' && e.task === 2 ? [e.accuracy] : []).join(' '), events.flatMap((e) => e.type === 'epoch-ended' ? [e.loss.toFixed(3)] : []).slice(-3).join(' '), tf.memory().numTensors - before, notices.join());
  s.dispose();
  if (tf.memory().numTensors !== before) console.log('LEAK');
}, 60000);
