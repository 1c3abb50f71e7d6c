import { z } from 'zod';
import { parseOptions } from './options.js';
import type { StrategyPlugin } from './registry.js';
import type { Strategy } from './strategy.js';

export interface StrategyDefinition<Options extends z.ZodRawShape> {
  /** As runs keep it. */
  readonly name: string;
  /** zod schemas with a default and a description each. Values are JSON: a run keeps them. */
  readonly options: Options;
  /** A fresh strategy, whose `options` are these: all of them, checked. */
  create(options: z.output<z.ZodObject<Options, z.core.$strict>>): Strategy;
}

/** A strategy that {@link defineStrategy} made: a {@link StrategyPlugin} whose options have types. */
export interface DefinedStrategy<Options extends z.ZodRawShape> extends Omit<StrategyPlugin, 'create'> {
  /**
   * A fresh strategy; whoever makes it disposes it.
   *
   * @throws LifelongError `config` for an option that does not exist or cannot have that value
   */
  create(options?: z.input<z.ZodObject<Options, z.core.$strict>>): Strategy;
}

/**
 * Makes a strategy that `learn` takes and that runs made with it find again.
 *
 * @example
 * const small = defineStrategy({
 *   name: 'small',
 *   options: { ...recipeShape, units: z.int().positive().default(8).describe('hidden units') },
 *   create: (options) => sharedNetwork('small', options, () => ({ kind: 'perceptron', units: [options.units] }), {}),
 * });
 * learn(stream, small.create({ epochs: 5 }), { run: 'checkpoints/small' });
 * const run = await openRun('checkpoints/small', { strategies: [small] });
 */
export function defineStrategy<Options extends z.ZodRawShape>(definition: StrategyDefinition<Options>): DefinedStrategy<Options> {
  const { name } = definition;
  const options = z.strictObject(definition.options);
  return { name, options, create: (given = {} as z.input<typeof options>) => definition.create(parseOptions(name, options, given)) };
}
