import { basename, dirname, extname, join } from 'node:path';
import { LifelongError } from '../core/errors.js';
import { shown } from '../core/shown.js';
import { readText } from '../data/files.js';
import { checkSection } from '../streams/check-section.js';
import { parseYaml } from '../streams/parse-yaml.js';
import { placesIn } from '../streams/places-in.js';
import { unfitForFolders, type Cell } from './cell.js';
import { gridFileSchema, type GridFile } from './grid-file.js';
import { planCells, seenFromHere } from './plan-cells.js';

/** What a grid file comes to. */
export interface Grid {
  readonly name: string;
  /** The folder of its run folders. */
  readonly out: string;
  /** Threads of TensorFlow for each run, where the file says. */
  readonly threads: number | undefined;
  /** What is multiplied: how many there are of each, and their names. */
  readonly sides: Readonly<Record<'streams' | 'strategies' | 'features' | 'seeds', readonly string[]>>;
  /** In the order of the file: by stream, extractor, strategy, seed. */
  readonly cells: readonly Cell[];
}

/**
 * Reads a grid file and everything that it names but the data: manifests, strategies, options.
 *
 * @param out the folder of its run folders, in place of the file's own
 * @throws LifelongError `data` when the file cannot be read, `config` with file, line and, for a name that is not known, the nearest one
 */
export async function readGrid(path: string, out?: string): Promise<Grid> {
  const yaml = parseYaml(await readText(path), path);
  if (typeof yaml.value !== 'object' || yaml.value === null || Array.isArray(yaml.value))
    throw new LifelongError('config', `${path}: a grid with streams and strategies expected, found ${shown(yaml.value)}`);
  const place = placesIn(yaml, path);
  const { name, streams, strategies, ...file } = checkSection(gridFileSchema, yaml.value, 'grid', place);
  const written: GridFile = {
    ...file,
    name: (name ?? basename(path, extname(path))).replace(unfitForFolders, '-'),
    streams: streams.map((one) => (typeof one === 'string' ? { stream: one, set: {} } : one)),
    strategies: strategies.map((one) => (typeof one === 'string' ? { strategy: one, options: {} } : one)),
  };
  const cells = await planCells(written, dirname(path), place);
  return {
    name: written.name,
    out: out ?? (written.out === undefined ? join('checkpoints', written.name) : seenFromHere(dirname(path), written.out)),
    threads: written.threads,
    sides: {
      streams: [...new Set(cells.map(({ streamName }) => streamName))],
      strategies: written.strategies.map(({ strategy }) => strategy),
      features: written.features ?? [],
      seeds: [...new Set(written.seeds)].map(String),
    },
    cells,
  };
}
