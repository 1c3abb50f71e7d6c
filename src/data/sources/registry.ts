import { LifelongError } from '../../core/errors.js';
import { audioFolderSource } from './audio-folder.js';
import { audioTableSource } from './audio-table.js';
import { cifar10Source } from './cifar-10.js';
import { cifar100Source } from './cifar-100.js';
import { csvSource } from './csv.js';
import { folderSource } from './folder.js';
import { idxSource } from './idx.js';
import { jsonlSource } from './jsonl.js';
import { linesSource } from './lines.js';
import { npySource } from './npy.js';
import { npzSource } from './npz.js';
import { packageSource } from './package.js';
import type { DataSource } from './source.js';
import { tsvSource } from './tsv.js';

/** Where data may come from; a new source is one more line. */
export const builtInSources: readonly DataSource[] = [
  packageSource,
  idxSource,
  cifar10Source,
  cifar100Source,
  folderSource,
  csvSource,
  jsonlSource,
  tsvSource,
  linesSource,
  audioFolderSource,
  audioTableSource,
  npySource,
  npzSource,
];

/**
 * The built-in sources and these.
 *
 * @throws LifelongError `usage` for a name that is there already
 */
export function allSources(more: readonly DataSource[] = []): readonly DataSource[] {
  const all = [...builtInSources, ...more];
  const twice = more.find((source) => all.some((other) => other !== source && other.name === source.name));
  if (!twice) return all;
  throw new LifelongError('usage', `sources: names that are not taken expected, found "${twice.name}"`, 'give the source another name');
}
