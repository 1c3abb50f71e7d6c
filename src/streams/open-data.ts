import { resolve } from 'node:path';
import { LifelongError } from '../core/errors.js';
import type { Dataset } from '../data/dataset.js';
import type { DataSection } from './data-section.js';

/**
 * Opens the data that a manifest names.
 *
 * @param folder that the paths are relative to
 * @throws LifelongError `config` or `data`
 */
export async function openData(data: DataSection, folder: string): Promise<Dataset> {
  const at = (path: string): string => resolve(folder, path);
  switch (data.source) {
    case 'package': {
      const { readPackageDataset } = await import('../data/data-package.js');
      return readPackageDataset(data.package, folder);
    }
    case 'idx': {
      const { findIdxFiles, readIdxDataset } = await import('../data/idx-dataset.js');
      if (data.train && data.test) {
        const pair = ([images, labels]: readonly [string, string]) => [at(images), at(labels)] as const;
        return readIdxDataset('idx', { train: pair(data.train), test: pair(data.test) });
      }
      if (data.path === undefined)
        throw new LifelongError('config', 'data: path (a folder) expected, or train and test with [IMAGES, LABELS] each');
      return readIdxDataset('idx', await findIdxFiles(at(data.path)));
    }
  }
}
