import { resolve } from 'node:path';
import { LifelongError } from '../core/errors.js';
import type { JsonValue } from '../core/json.js';
import { refuseReservedKeys } from '../core/reserved-keys.js';
import { shown } from '../core/shown.js';
import { readText } from '../data/files.js';
import { mapPaths } from '../data/sources/shared/locate-paths.js';
import type { DataSource } from '../data/sources/source.js';
import { checkSection } from './check-section.js';
import { manifestSchemaOf, type Manifest } from './manifest.js';
import { parseYaml } from './parse-yaml.js';
import { pathKeys } from './path-keys.js';
import { placesIn } from './places-in.js';

/** Values that replace what the file says, by dotted key: `{ 'limits.train': 200 }`. */
export type ManifestOverrides = Readonly<Record<string, JsonValue>>;

/**
 * Reads a manifest file (YAML, of which JSON is a part), with overrides applied and defaults filled in.
 *
 * @param sources that its data may come from
 * @returns the manifest; and the overrides with the data paths in them, meant from the current folder and not from the manifest's, as absolute ones
 * @throws LifelongError `data` when the file cannot be read, `config` with file, line, and for an unknown key the nearest one
 */
export async function readManifest(
  path: string,
  overrides: ManifestOverrides,
  sources: readonly DataSource[],
): Promise<{ readonly manifest: Manifest; readonly set: Record<string, JsonValue> }> {
  const yaml = parseYaml(await readText(path), path);
  const { value } = yaml;
  if (value === null) throw new LifelongError('config', `${path}: a stream manifest expected, found nothing in the file`);
  if (typeof value !== 'object') throw new LifelongError('config', `${path}: keys with values expected, found ${shown(value)}`);
  const set = applyOverrides(value, overrides, sources);
  const manifest = checkSection(manifestSchemaOf(sources), value, 'stream manifest', placesIn(yaml, path));
  return { manifest, set };
}

/**
 * Puts overrides into a manifest; data paths among them are meant from the current folder.
 *
 * @returns the overrides with those paths as absolute ones
 * @throws LifelongError `config` for a key that JavaScript reserves, or a place that a list does not have
 */
export function applyOverrides(manifest: object, overrides: ManifestOverrides, sources: readonly DataSource[]): Record<string, JsonValue> {
  for (const [key, replacement] of Object.entries(overrides)) override(manifest, key, replacement);
  const paths = pathKeys(manifest, sources);
  const set = Object.fromEntries(
    Object.entries(overrides).map(([key, meant]) => [key, paths.includes(key) ? mapPaths(meant, resolve) : meant]),
  );
  for (const [key, settled] of Object.entries(set)) override(manifest, key, settled);
  return set;
}

function override(root: object, key: string, value: JsonValue): void {
  const keys = key.split('.');
  refuseReservedKeys(keys, key, 'config');
  const last = keys.pop() ?? '';
  let at = root as Record<string, unknown>;
  for (const step of keys) {
    refuseGap(at, step, key);
    if (typeof at[step] !== 'object' || at[step] === null) at[step] = {};
    at = at[step] as Record<string, unknown>;
  }
  refuseGap(at, last, key);
  at[last] = value;
}

/** In a list only what is there is replaced, or one item added: any other key would make millions of items that are not. */
function refuseGap(at: object, step: string, key: string): void {
  if (!Array.isArray(at) || (/^\d{1,9}$/.test(step) && Number(step) <= at.length)) return;
  throw new LifelongError('config', `${key}: a place from 0 to ${at.length} in a list expected, found "${step}"`);
}
