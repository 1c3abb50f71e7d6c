import { LifelongError } from '../../core/errors.js';
import { findIdxFiles, readIdxDataset, readIdxImages } from '../formats/idx-dataset.js';
import { maxUnpackedBytes, pair, paths } from './shared/keys.js';
import { defineSource } from './source.js';

/** Images in IDX files, as MNIST has them. */
export const idxSource = defineSource({
  name: 'idx',
  keys: {
    path: paths.optional().describe('folder with the four usual files'),
    train: pair.optional().describe('instead of path: [IMAGES, LABELS]'),
    test: pair.optional().describe('instead of path: [IMAGES, LABELS]'),
    maxUnpackedBytes,
  },
  paths: { path: 'first', train: 'every', test: 'every' },
  read: (file, { maxUnpackedBytes }) => readIdxImages(file, maxUnpackedBytes),
  async open({ path, train, test, maxUnpackedBytes }) {
    if (path !== undefined && (train ?? test)) throw new LifelongError('config', 'data: path, or train and test, expected, found both');
    if (path !== undefined) return readIdxDataset('idx', await findIdxFiles(path), maxUnpackedBytes);
    if (train && test) return readIdxDataset('idx', { train, test }, maxUnpackedBytes);
    throw new LifelongError('config', 'data: path (a folder) expected, or train and test with [IMAGES, LABELS] each');
  },
});
