import { LifelongError, nearestName } from '../core/errors.js';
import type { JsonObject, JsonValue } from '../core/json.js';
import { refuseReservedKeys, refuseReservedKeysWithin } from '../core/reserved-keys.js';
import { shown } from '../core/shown.js';
import { readText } from '../data/files.js';
import { parseYaml } from '../streams/parse-yaml.js';
import type { Assignment } from './options.js';

/** What a user set, divided into what shapes the stream and what shapes the strategy. */
export interface Settings {
  readonly manifest: Record<string, JsonValue>;
  readonly options: Record<string, JsonValue>;
}

/** A YAML file with the keys that `--set` takes, nested or dotted. Strategy options may also stand under `options:`, as in a manifest. */
export async function readConfig(path: string): Promise<Assignment[]> {
  const text = await readText(path).catch((cause: unknown) => {
    throw cause instanceof LifelongError ? new LifelongError('config', `--config ${cause.message}`, cause.hint, { cause }) : cause;
  });
  const { value: config } = parseYaml(text, `--config ${path}`);
  if (!isObject(config)) throw new LifelongError('config', `--config ${path}: keys with values expected, found ${shown(config)}`);
  const { options, ...rest } = config;
  return [...flatten(rest), ...(isObject(options) ? flatten(options) : [])];
}

function flatten(object: JsonObject, path = ''): Assignment[] {
  return Object.entries(object).flatMap(([key, value = null]) =>
    isObject(value) ? flatten(value, `${path}${key}.`) : [[path + key, value] as const],
  );
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Sends each assignment to the strategy when it is one of its options, and to the manifest otherwise. Later assignments win.
 *
 * @throws LifelongError `usage` for a key that is neither, with the nearest one, or that JavaScript reserves
 */
export function divide(assignments: readonly Assignment[], optionNames: readonly string[], manifestKeys: readonly string[]): Settings {
  const settings: Settings = { manifest: {}, options: {} };
  for (const [key, value] of assignments) {
    const first = key.split('.')[0] ?? '';
    refuseReservedKeys(key.split('.'), key, 'usage');
    refuseReservedKeysWithin(value, key, 'usage');
    if (optionNames.includes(key)) settings.options[key] = value;
    else if (manifestKeys.includes(first)) settings.manifest[key] = value;
    else {
      const nearest = nearestName(first, [...optionNames, ...manifestKeys]);
      throw new LifelongError(
        'usage',
        `${key}: an option of the strategy (${optionNames.join(', ')}) or a key of the manifest (${manifestKeys.join(', ')}) expected`,
        nearest && `did you mean ${nearest}?`,
      );
    }
  }
  return settings;
}
