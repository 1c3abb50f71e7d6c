import { resolve } from 'node:path';
import { LifelongError } from '../core/errors.js';
import { adaptDataset } from '../data/adapt-dataset.js';
import type { Dataset } from '../data/dataset.js';
import { exists } from '../data/files.js';
import type { DataSection } from './data-section.js';
import { openTable } from './open-table.js';
import { shareOf } from './section.js';

/** What a manifest wants of all its examples. */
export interface InputShape {
  readonly size?: readonly [number, number] | undefined;
  readonly channels?: 1 | 3 | undefined;
}

/**
 * Opens the data that a manifest names, brought to the size and channels that it wants.
 *
 * @param folder that the paths are relative to
 * @throws LifelongError `config` or `data`
 */
export async function openData(data: DataSection, folder: string, input: InputShape): Promise<Dataset> {
  return adaptDataset(await open(data, folder, input), input.size, input.channels);
}

async function open(data: DataSection, folder: string, input: InputShape): Promise<Dataset> {
  const at = (path: string): string => resolve(folder, path);
  const all = (paths: string | readonly string[]): string[] => [paths].flat().map(at);
  switch (data.source) {
    case 'package': {
      const { readPackageDataset } = await import('../data/data-package.js');
      return readPackageDataset(data.package, folder);
    }
    case 'idx': {
      const { findIdxFiles, readIdxDataset } = await import('../data/idx-dataset.js');
      if (data.path !== undefined) return readIdxDataset('idx', await findIdxFiles(await firstThere(all(data.path))));
      if (!data.train || !data.test)
        throw new LifelongError('config', 'data: path (a folder) expected, or train and test with [IMAGES, LABELS] each');
      const pair = ([images, labels]: readonly [string, string]) => [at(images), at(labels)] as const;
      return readIdxDataset('idx', { train: pair(data.train), test: pair(data.test) });
    }
    case 'cifar-10': {
      const { findCifarFiles, readCifar } = await import('../data/cifar.js');
      const names = data.names === undefined ? {} : { names: at(data.names) };
      if (data.path !== undefined)
        return readCifar('cifar-10', { ...(await findCifarFiles(await firstThere(all(data.path)), 'cifar-10', 'fine')), ...names });
      if (data.train === undefined) throw new LifelongError('config', 'data: path (a folder) or train (files) expected');
      const test = typeof data.test === 'string' ? (shareOf(data.test) ?? all(data.test)) : all(data.test);
      return readCifar('cifar-10', { train: all(data.train), test, labelBytes: 1, label: 0, ...names });
    }
    case 'cifar-100': {
      const { findCifarFiles, readCifar } = await import('../data/cifar.js');
      return readCifar('cifar-100', await findCifarFiles(await firstThere(all(data.path)), 'cifar-100', data.labels));
    }
    case 'folder': {
      const { readImageFolder } = await import('../data/image-folder.js');
      return readImageFolder(await firstThere(all(data.path)), { ...input, corrupt: data.corrupt, testShare: shareOf(data.test) ?? 0 });
    }
    default:
      return openTable(data, at);
  }
}

/** The first of these paths that is there. @throws LifelongError `data` naming them all */
async function firstThere(paths: readonly string[]): Promise<string> {
  for (const path of paths) if (await exists(path)) return path;
  throw new LifelongError(
    'data',
    `${paths.join(', ')}: no such file or folder`,
    'say where the data are: --set data.path=FOLDER, or --set root=FOLDER for the folder that all paths of the manifest are relative to',
  );
}
