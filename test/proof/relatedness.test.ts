import { join } from 'node:path';
import { lastValueFrom, toArray } from 'rxjs';
import { expect } from 'vitest';
import type { JsonValue } from '../../src/core/json.js';
import { learn } from '../../src/learner/learn.js';
import { par } from '../../src/strategies/par/par.js';
import { loadStream } from '../../src/streams/load-stream.js';
import { needing } from '../support/needing.js';
import { shared, sharedData } from '../support/shared-data.js';

const features = `resnet18:${join(sharedData, 'weights/resnet18-layer3/resnet18-layer3.safetensors')}@64`;

/** What PAR decides on a shipped stream through ResNet-18 features; the experts themselves are too small to learn much. */
async function decisionsOn(stream: string, set: Record<string, JsonValue>) {
  const strategy = par({ channels: 2, cells: 3, epochs: 1, samples: 1, batchSize: 64, engine: 'eager' });
  try {
    const loaded = await loadStream(stream, { set: { root: sharedData, augment: [], ...set } });
    const events = await lastValueFrom(learn(loaded, strategy, { features }).pipe(toArray()));
    return events.flatMap((event) => (event.type === 'task-learned' ? [event.record] : []));
  } finally {
    strategy.dispose();
  }
}

const weights = shared('weights', 'resnet18-layer3');

// Letters take the place of Fashion-MNIST, which no package brings along: a task between the first and its repetition, like neither.
needing(weights, ...['cifar-10', 'dtd', 'gtsrb', 'emnist-letters'].map((name) => shared(name))).it(
  'S-: the repeated first task is nearest to the first task and reuses its expert',
  async () => {
    const records = await decisionsOn('ctrl-s-minus', {
      'limits.test': 20,
      'datasets.fashion-mnist.path': join(sharedData, 'emnist-letters'),
    });
    const last = records.at(-1);
    expect(last?.divergence.indexOf(Math.min(...last.divergence))).toBe(0);
    expect(last?.decision).toMatchObject({ kind: 'regularize', expert: 'e0' });
    expect(last?.expert).toBe('e0');
  },
  300_000,
);

needing(weights, shared('cifar-100')).it(
  'CIFAR-100 by superclass: distances spread from near to far, and all three kinds of decision occur',
  async () => {
    const records = await decisionsOn('cifar100-20-superclass', { 'limits.validation': 250, 'limits.train': 60, 'limits.test': 20 });
    const distances = records.flatMap(({ divergence }) => divergence);
    expect(Math.min(...distances)).toBeLessThan(0.3);
    expect(Math.max(...distances)).toBeGreaterThan(0.95);
    expect(new Set(records.map(({ decision }) => decision?.kind))).toEqual(new Set(['search', 'reuse-architecture', 'regularize']));
  },
  300_000,
);
