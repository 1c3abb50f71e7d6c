import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LifelongError, nearestName } from '../core/errors.js';
import { exists, listFolder } from '../data/files.js';

/** Folder of the shipped streams, the same from src/ and from dist/. */
const shipped = fileURLToPath(new URL('../../streams', import.meta.url));

/** Paths of the shipped manifests, by name in alphabetical order. */
export async function shippedManifests(): Promise<ReadonlyMap<string, string>> {
  const files = (await listFolder(shipped)).files.filter((file) => file.endsWith('.yaml'));
  return new Map(files.map((file) => [basename(file, '.yaml'), join(shipped, file)]));
}

/**
 * Path of the manifest that a name or a path means. A shipped name wins over a file of that name; `./name` is always a file.
 *
 * @throws LifelongError `config` with the nearest shipped name
 */
export async function findManifest(nameOrPath: string): Promise<string> {
  const known = await shippedManifests();
  const found = known.get(nameOrPath);
  if (found !== undefined) return found;
  const path = resolve(nameOrPath);
  if (await exists(path)) return path;
  if (/[/\\]|\.(ya?ml|json)$/.test(nameOrPath))
    throw new LifelongError('config', `${nameOrPath}: no such stream manifest`, 'lifelong streams list');
  const near = nearestName(nameOrPath, known.keys());
  const hint = near === undefined ? `shipped streams: ${[...known.keys()].join(', ')}` : `did you mean ${near}?`;
  throw new LifelongError('config', `stream "${nameOrPath}" is not known`, hint);
}
