import { z } from 'zod';
import { LifelongError } from '../../core/errors.js';
import { findCifarFiles, readCifar, readCifarImages } from '../formats/cifar.js';
import { path as file, paths as files } from './shared/keys.js';
import { percentSchema, shareOf } from './shared/share.js';
import { defineSource } from './source.js';

/** Images in the binary format of CIFAR-10: the published files, or any in that layout. */
export const cifar10Source = defineSource({
  name: 'cifar-10',
  keys: {
    path: files.optional().describe('folder with the published files'),
    train: files.optional().describe('instead of path: files of one label byte and 3,072 colour bytes a record'),
    test: z
      .union([percentSchema, files])
      .optional()
      .describe('with train: files, or the share of each class that is held out; 20% by default'),
    names: file.optional().describe('text file, one class name a line'),
  },
  paths: { path: 'first', train: 'every', test: 'every', names: 'every' },
  read: (file) => readCifarImages(file, 1),
  async open({ path, train, test, names }) {
    if (path !== undefined && (train ?? test) !== undefined) {
      throw new LifelongError('config', 'data: path, or train and test, expected, found both');
    }
    const named = names === undefined ? {} : { names };
    if (path !== undefined) return readCifar('cifar-10', { ...(await findCifarFiles(path, 'cifar-10', 'fine')), ...named });
    if (train === undefined) throw new LifelongError('config', 'data: path (a folder) or train (files) expected');
    const parts = test ?? '20%';
    const held = typeof parts === 'string' ? shareOf(parts) : undefined;
    return readCifar('cifar-10', { train: [train].flat(), test: held ?? [parts].flat(), labelBytes: 1, label: 0, ...named });
  },
});
