import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/core/json.js';
import { checkStrategy } from '../../src/strategies/check/check-strategy.js';
import { checkTasks } from '../../src/strategies/check/check-tasks.js';
import { strategies } from '../../src/strategies/registry.js';
import type { Strategy } from '../../src/strategies/strategy.js';
import { tinyBackbone } from '../support/tiny-backbone.js';

/** Options that make learning a matter of moments; each strategy takes those that it has. */
const quick: JsonObject = {
  ...{ channels: 2, cells: 1, units: 6, epochs: 2, samples: 2, batchSize: 16, engine: 'eager' },
  ...{ importanceExamples: 4, memory: 6, replayBatch: 4, projection: 24 },
};

const optionsOf = (shape: object, options: JsonObject) => Object.fromEntries(Object.entries(options).filter(([name]) => name in shape));

/** A creator that is not asynchronous, as checkStrategy wants it. */
async function creator(name: string, options: JsonObject): Promise<() => Strategy> {
  const entry = strategies.find((candidate) => candidate.name === name);
  if (!entry) throw new Error(`${name} expected among the strategies`);
  const settings = optionsOf(entry.options.shape, options);
  const spare: Strategy[] = [];
  for (let i = 0; i < 60; i++) spare.push(await entry.create(settings));
  return () => {
    const strategy = spare.pop();
    if (!strategy) throw new Error('more strategies asked for than expected');
    return strategy;
  };
}

describe('every strategy keeps the contract', () => {
  it.each(strategies.map(({ name }) => name))('%s', async (name) => {
    await expect(checkStrategy(await creator(name, quick), { tasks: checkTasks(2) })).resolves.toBeUndefined();
  });

  it.each(strategies.filter(({ options }) => 'softmaxOver' in options.shape).map(({ name }) => name))(
    '%s as a perceptron with all seen classes in the softmax, by AdamW where it leaves the choice',
    async (name) => {
      await expect(
        checkStrategy(await creator(name, { ...quick, network: 'mlp', softmaxOver: 'seen', optimizer: 'adamw' })),
      ).resolves.toBeUndefined();
    },
  );

  it.each(strategies.filter(({ options }) => 'stages' in options.shape).map(({ name }) => name))('%s on a backbone', async (name) => {
    const tasks = checkTasks(2).map((task) => ({ ...task, normalization: null }));
    const create = await creator(name, { ...quick, network: 'patch', stages: ['stage7', 'head'] });
    await expect(checkStrategy(create, { tasks, backbone: tinyBackbone() })).resolves.toBeUndefined();
  });
});
