import type { z } from 'zod';
import { LifelongError, nearestName } from '../core/errors.js';
import type { JsonObject } from '../core/json.js';
import type { Strategy } from './strategy.js';
import { parOptionsSchema } from './par/options.js';

/** A method that can be chosen by name. */
export interface StrategyEntry {
  readonly name: string;
  readonly description: string;
  /** Schema of its options, with a default and a description for each. */
  readonly options: z.ZodObject;
  create(options: JsonObject): Promise<Strategy>;
}

/** Every strategy that comes with the library. Listing them needs no native backend; creating one does. */
export const strategies: readonly StrategyEntry[] = [
  {
    name: 'par',
    description: 'PAR: regularize inside an expert, copy an architecture or search one, by how hard the task is for what is known',
    options: parOptionsSchema,
    create: async (options) => (await import('./par/par.js')).par(options),
  },
];

/** @throws LifelongError `usage` for an unknown name, with the nearest one */
export function strategyNamed(name: string): StrategyEntry {
  const entry = strategies.find((candidate) => candidate.name === name);
  if (entry) return entry;
  const names = strategies.map((candidate) => candidate.name);
  const nearest = nearestName(name, names);
  throw new LifelongError(
    'usage',
    `unknown strategy "${name}": one of ${names.join(', ')} expected`,
    nearest && `did you mean ${nearest}?`,
  );
}
