import { createHash } from 'node:crypto';
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { canonicalJson } from '../core/canonical-json.js';
import type { JsonObject, JsonValue } from '../core/json.js';
import { version } from '../core/version.js';
import { exists, readText } from '../data/files.js';
import { findManifest } from '../streams/find-manifest.js';
import { parseYaml } from '../streams/parse-yaml.js';
import type { Cell } from './cell.js';
import { cellOptions } from './cell-options.js';

/** What a fingerprint needs to know of a manifest as it is written. */
const writtenSchema = z.object({
  options: z.record(z.string(), z.json()).catch({}),
  tasks: z.object({ sequence: z.array(z.object({ stream: z.string().optional() }).catch({})).catch([]) }).catch({ sequence: [] }),
});

/**
 * sha256 over what the outcome of a run follows from: the manifest and those that it names, what is set in them, the strategy with all of its
 * options, seed, extractor, number of tasks, and the version of this package. Where the manifest lies does not matter, and the data themselves are
 * not read: a run that goes on checks them.
 *
 * @throws LifelongError `config` or `data` when a manifest cannot be read, `usage` or `config` for a strategy or an option that there is not
 */
export async function fingerprintOf(cell: Omit<Cell, 'name' | 'fingerprint' | 'streamName'>): Promise<string> {
  const { strategy, set, seed, features = null, tasks = null } = cell;
  const [own, ...others] = await writtenManifests(await findManifest(cell.stream));
  const { options: defaults } = writtenSchema.parse(own);
  const options = cellOptions(strategy, cell.options, { ...defaults, ...optionsIn(set) });
  const manifests = [{ ...own, options: null, seed: null }, ...others];
  return createHash('sha256').update(canonicalJson({ version, manifests, set, strategy, options, seed, features, tasks })).digest('hex');
}

/** Options that are set as keys of the manifest. */
function optionsIn(set: JsonObject): JsonObject {
  const entries = Object.entries(set).filter(([key]) => key.startsWith('options.'));
  return Object.fromEntries(entries.map(([key, value]) => [key.slice('options.'.length), value]));
}

/** A manifest as it is written, and those whose tasks it takes. */
async function writtenManifests(path: string, within: readonly string[] = []): Promise<JsonObject[]> {
  const value = parseYaml(await readText(path), path).value as JsonValue;
  const own: JsonObject = typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : { value };
  const found = [own];
  for (const { stream } of writtenSchema.parse(own).tasks.sequence) {
    if (stream === undefined || within.includes(path)) continue;
    const beside = resolve(dirname(path), stream);
    found.push(...(await writtenManifests((await exists(beside)) ? beside : await findManifest(stream), [...within, path])));
  }
  return found;
}
