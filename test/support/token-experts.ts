import { z } from 'zod';
import { random } from '../../src/core/random.js';
import {
  defineStrategy,
  recipeShape,
  scopedNetwork,
  sharedNetwork,
  tf,
  type ExpertKind,
  type DefinedStrategy,
  type Method,
} from '../../src/extend.js';
import { derppMethod } from '../../src/strategies/derpp/derpp.js';
import { derppOptionsSchema } from '../../src/strategies/derpp/options.js';
import { erMethod } from '../../src/strategies/er/er.js';
import { erOptionsSchema } from '../../src/strategies/er/options.js';
import type { UserTask } from '../../src/streams/array-task.js';

const vocabulary = 24;
export const length = 8;

type Tokens = { readonly kind: 'tokens'; readonly width: number };

/** The mean of the tokens' embeddings, and a layer of rectified units on it. */
const tokens: ExpertKind<Tokens> = {
  kind: 'tokens',
  schema: z.strictObject({ kind: z.literal('tokens'), width: z.int().positive() }),
  accepts: ({ domain, dtype }) => (domain === 'vector' && dtype === 'int32') || 'ids of tokens [length]',
  network: ({ width }, input) =>
    scopedNetwork(`tokens ${JSON.stringify({ width, input })}`, input, (scope, x) => {
      const table = scope.weight('embedding', [vocabulary, width], { fanIn: 2 });
      const dense = scope.weight('dense', [width, width], { fanIn: width });
      return tf.relu(tf.matMul(tf.mean(tf.gather(table, x), 1), dense));
    }),
};

/** A strategy of one's own whose experts are of this kind. */
function strategyOf<Options extends z.ZodRawShape>(
  name: string,
  options: Options,
  method: (settings: z.output<z.ZodObject<Options, z.core.$strict>>) => Method,
): DefinedStrategy<Options> {
  return defineStrategy({
    name,
    options,
    create: (settings) =>
      sharedNetwork(name, settings as never, () => ({ kind: 'tokens', width: 12 }), { ...method(settings), kinds: [tokens] }),
  });
}

export const tokenStrategies = {
  finetune: strategyOf('finetune-tokens', recipeShape, () => ({})),
  independent: strategyOf('independent-tokens', recipeShape, () => ({ separate: true })),
  er: strategyOf('er-tokens', erOptionsSchema.shape, (settings) => erMethod(settings as never)),
  derpp: strategyOf('derpp-tokens', derppOptionsSchema.shape, (settings) => derppMethod(settings as never)),
} as const;

/** A task of two kinds of sentences, each with tokens of its own among others. */
export function tokenTask(index: number): UserTask {
  const part = (name: string, count: number) => {
    const source = random(4, name, index);
    const inputs = Int32Array.from({ length: count * length }, (_, i) => {
      const own = 4 * index + 2 * (Math.floor(i / length) % 2);
      return source.uniform() < 0.5 ? own + source.integer(2) : 12 + source.integer(12);
    });
    return { inputs, labels: Array.from({ length: count }, (_, i) => `${index}-${i % 2}`) };
  };
  return { id: `t${index}`, train: part('train', 80), test: part('test', 40), inputShape: [length] };
}

export const tokenTasks: readonly UserTask[] = [tokenTask(0), tokenTask(1), tokenTask(2)];
