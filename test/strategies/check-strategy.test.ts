import { afterEach, describe, expect, it } from 'vitest';
import { LifelongError } from '../../src/core/errors.js';
import type { Snapshot } from '../../src/core/snapshot.js';
import { tf, type Tensor } from '../../src/nn/backend.js';
import { checkStrategy } from '../../src/strategies/check/check-strategy.js';
import { finetune } from '../../src/strategies/finetune/finetune.js';
import type { LearnContext, Strategy } from '../../src/strategies/strategy.js';
import { tinyMlp } from './tiny-strategies.js';

const leaked: Tensor[] = [];
afterEach(() => {
  tf.dispose(leaked.splice(0));
});

/** A strategy that is finetune but for these members. */
function changed(change: (own: Strategy) => Partial<Strategy>): () => Strategy {
  return () => {
    const own = finetune({ ...tinyMlp, epochs: 2 });
    const bound = new Proxy(own, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name);
        return typeof value === 'function' ? (value as (...given: unknown[]) => unknown).bind(target) : value;
      },
    });
    const members = change(bound);
    return new Proxy(bound, { get: (target, name) => Reflect.get(name in members ? members : target, name) as unknown });
  };
}

let calls = 0;

const broken: Readonly<Record<string, readonly [() => Strategy, RegExp]>> = {
  'draws that do not follow from the seed': [
    changed((own) => ({ learn: (task, context) => own.learn(task, { ...context, seed: (calls += 1) }) })),
    /seed 0 differ/,
  ],
  'a seed without effect': [
    changed((own) => ({ learn: (task, context) => own.learn(task, { ...context, seed: 0 }) })),
    /seeds 0 and 1 give the same weights/,
  ],
  'heads chosen by position': [
    changed((own) => ({
      predict: async (task, examples) => {
        if (task.index === 99) throw new LifelongError('usage', 'no head 99');
        return own.predict(task, examples);
      },
    })),
    /no head 99/,
  ],
  'an unknown task without a message': [
    changed((own) => ({
      predict: (task, examples) =>
        own.predict(task, examples).catch(() => {
          throw new TypeError('undefined');
        }),
    })),
    /by the id of the task.*TypeError/,
  ],
  'a key that stays': [changed(() => ({ predictionKey: () => 'always the same' })), /predicted otherwise after.*always the same/],
  'a revision that stays': [
    changed((own) => ({ save: async () => ({ ...(await own.save()), revisions: { 'experts/e0': 1 } }) })),
    /another revision: while learning task "task b": group "experts\/e0" has changed, and its revision is 1 as before/,
  ],
  'a head that is not saved': [
    changed((own) => ({
      save: async () => {
        const { state, arrays } = await own.save();
        const heads = Object.entries(arrays).map(([group, members]) => [
          group,
          group === 'heads/0'
            ? Object.fromEntries(Object.entries(members).map(([n, a]) => [n, { ...a, data: new Float32Array(a.data.length) }]))
            : members,
        ]);
        return { state, arrays: Object.fromEntries(heads) as Snapshot['arrays'] };
      },
    })),
    /restored state.*predictions on task/,
  ],
  'a state of anybody': [changed(() => ({ restore: () => Promise.resolve() })), /saved again it differs/],
  'a foreign state taken': [
    changed((own) => ({ restore: (snapshot) => (snapshot.state['strategy'] === 'finetune' ? own.restore(snapshot) : Promise.resolve()) })),
    /another strategy is refused.*LifelongError expected, found undefined/,
  ],
  'progress that is not saved': [
    changed((own) => ({ save: async () => withoutProgress(await own.save()) })),
    /does not end after so many: it starts over/,
  ],
  'a signal that is ignored': [
    changed((own) => ({ learn: (task, { seed, features }: LearnContext) => own.learn(task, { seed, features }) })),
    /"interrupted" expected, found none/,
  ],
  'tensors left behind': [
    changed((own) => ({
      predictionKey: (task) => own.predictionKey(task),
      dispose() {
        leaked.push(tf.scalar(1));
        own.dispose();
      },
    })),
    /no tensors behind.*found [1-9]/,
  ],
};

function withoutProgress({ state, arrays }: Snapshot): Snapshot {
  return {
    state: { ...state, progress: null },
    arrays: Object.fromEntries(Object.entries(arrays).filter(([group]) => !group.startsWith('progress/'))),
  };
}

describe('checkStrategy', () => {
  it.each(Object.entries(broken))('finds %s', async (_, [create, message]) => {
    await expect(checkStrategy(create)).rejects.toThrow(message);
  });

  it('names the strategy and the rule', async () => {
    const [create] = broken['a key that stays'] ?? [];
    if (!create) throw new Error('a strategy expected');
    await expect(checkStrategy(create)).rejects.toThrow(/^strategy finetune: a prediction key changes when predictions do: task "task a"/);
  });
});
