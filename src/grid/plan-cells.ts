import { basename, relative, resolve } from 'node:path';
import { LifelongError, nearestName } from '../core/errors.js';
import type { JsonObject } from '../core/json.js';
import { builtInSources } from '../data/sources/registry.js';
import { strategyNamed } from '../strategies/registry.js';
import { findManifest, shippedManifests } from '../streams/find-manifest.js';
import { readManifest } from '../streams/read-manifest.js';
import { unfitForFolders, type Cell } from './cell.js';
import { cellOptions, refusedOption } from './cell-options.js';
import { fingerprintOf } from './fingerprint.js';
import type { GridFile } from './grid-file.js';

/** Says where a key stands in the grid file. */
type Place = (keys: readonly PropertyKey[]) => string;

/**
 * The runs of a grid: every stream with every extractor, strategy and seed.
 *
 * @param folder of the grid file, which the paths in it are relative to
 * @throws LifelongError `config` with the place of what is wrong, in the grid file or a manifest
 */
export async function planCells({ streams, strategies, seeds, ...grid }: GridFile, folder: string, place: Place): Promise<Cell[]> {
  checkSharedOptions({ strategies, options: grid.options }, place);
  const cells: Cell[] = [];
  for (const [s, { stream, name, set: own, tasks = grid.tasks }] of streams.entries()) {
    const at = (keys: readonly PropertyKey[]) => place(['streams', s, ...keys]);
    const set = { ...grid.set, ...own };
    const found = await placed(stream, folder).catch(refusedAt(at([])));
    const { manifest } = await readManifest(await findManifest(found), set, builtInSources).catch(refusedAt(at([])));
    const streamName = (name ?? manifest.name).replace(unfitForFolders, '-');
    for (const features of grid.features ?? [undefined]) {
      for (const [m, entry] of strategies.entries()) {
        const options = withShared(entry, grid.options, place, m);
        checkOptions(entry.strategy, options, manifest.options, place, { m, s, own: Object.keys(entry.options) });
        for (const seed of new Set(seeds)) {
          const told = { stream: found, set, strategy: entry.strategy, options, seed, ...(features !== undefined && { features }) };
          const cell = { ...told, ...(tasks !== undefined && { tasks }) };
          const fingerprint = await fingerprintOf(cell);
          const label = [streamName, entry.strategy, ...(features === undefined ? [] : [basename(features)]), `s${seed}`].join('-');
          const named = `${label}-${fingerprint.slice(0, 10)}`.replace(unfitForFolders, '-');
          if (cells.some((other) => other.fingerprint === fingerprint))
            throw new LifelongError('config', `${place(['strategies', m])}: runs that differ expected, found ${label} twice`);
          cells.push({ ...cell, streamName, fingerprint, name: named });
        }
      }
    }
  }
  return cells;
}

/** A shipped stream by its name; a manifest, which the file names as seen from its folder, as seen from the current one. */
async function placed(stream: string, folder: string): Promise<string> {
  if ((await shippedManifests()).has(stream)) return stream;
  const isPath = /[/\\]|\.(ya?ml|json)$/.test(stream);
  const path = isPath ? seenFromHere(folder, stream) : stream;
  await findManifest(path);
  return path;
}

/** A path in a file of this folder, as seen from the current one. */
export function seenFromHere(folder: string, path: string): string {
  const seen = relative('', resolve(folder, path));
  return seen === '' ? '.' : seen;
}

/** The options of all strategies that this one has, then its own. */
function withShared(
  { strategy, options }: GridFile['strategies'][number],
  shared: JsonObject,
  place: Place,
  m: number,
): GridFile['options'] {
  try {
    const { shape } = strategyNamed(strategy).options;
    return { ...Object.fromEntries(Object.entries(shared).filter(([name]) => name in shape)), ...options } as GridFile['options'];
  } catch (error) {
    return refusedAt(place(['strategies', m]))(error);
  }
}

function checkOptions(
  strategy: string,
  options: JsonObject,
  stream: JsonObject,
  place: Place,
  { m, s, own }: { readonly m: number; readonly s: number; readonly own: readonly string[] },
): void {
  try {
    cellOptions(strategy, options, stream);
  } catch (error) {
    const key = refusedOption(strategy, options, stream) ?? '';
    refusedAt(place(own.includes(key) ? ['strategies', m, 'options', key] : key in options ? ['options', key] : ['streams', s]))(error);
  }
}

/** An option for all strategies that none of them has is a typing error. */
function checkSharedOptions({ strategies, options }: Pick<GridFile, 'strategies' | 'options'>, place: Place): void {
  const known = new Set<string>();
  for (const [m, { strategy }] of strategies.entries()) {
    try {
      for (const name of Object.keys(strategyNamed(strategy).options.shape)) known.add(name);
    } catch (error) {
      refusedAt(place(['strategies', m]))(error);
    }
  }
  for (const name of Object.keys(options)) {
    if (known.has(name)) continue;
    const near = nearestName(name, known);
    throw new LifelongError(
      'config',
      `${place(['options', name])}: an option that one of the strategies has expected, found "${name}"`,
      near === undefined ? undefined : `did you mean ${near}?`,
    );
  }
}

/** Throws what was wrong on, with its place in the grid file. */
function refusedAt(place: string): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof LifelongError)) throw error;
    throw new LifelongError('config', `${place}: ${error.message}`, error.hint, { cause: error });
  };
}
