import { checkValue } from '../core/check-value.js';
import type { JsonObject } from '../core/json.js';
import { parseOptions } from '../strategies/options.js';
import { strategyNamed } from '../strategies/registry.js';

/**
 * All options that a run of a strategy has: its own, else those of the stream that the strategy knows, else defaults.
 *
 * @throws LifelongError `usage` for an unknown strategy, `config` for an option that it does not have or a value that it does not take
 */
export function cellOptions(strategy: string, own: JsonObject, stream: JsonObject): JsonObject {
  const { options: schema } = strategyNamed(strategy);
  return parseOptions(strategy, schema, merged(schema.shape, own, stream)) as JsonObject;
}

/** The option that {@link cellOptions} would refuse. */
export function refusedOption(strategy: string, own: JsonObject, stream: JsonObject): string | undefined {
  const { options: schema } = strategyNamed(strategy);
  const key = checkValue(schema, merged(schema.shape, own, stream)).fault?.path[0];
  return key === undefined ? undefined : String(key);
}

const merged = (shape: object, own: JsonObject, stream: JsonObject): JsonObject => ({
  ...Object.fromEntries(Object.entries(stream).filter(([name]) => name in shape)),
  ...own,
});
