import { z } from 'zod';
import { LifelongError } from '../../core/errors.js';
import { findCifarFiles, readCifar } from '../formats/cifar.js';
import { path as file, paths as files } from './shared/keys.js';
import { percentSchema, shareOf } from './shared/share.js';
import { defineSource } from './source.js';

/** Images in the binary format of CIFAR-10: the published files, or any in that layout. */
export const cifar10Source = defineSource({
  name: 'cifar-10',
  keys: {
    path: files.optional().describe('folder with the published files'),
    train: files.optional().describe('instead of path: files of one label byte and 3,072 colour bytes a record'),
    test: z.union([percentSchema, files]).default('20%').describe('with train: files, or the share of each class that is held out'),
    names: file.optional().describe('text file, one class name a line'),
  },
  paths: { path: 'first', train: 'every', test: 'every', names: 'every' },
  async open({ path, train, test, names }) {
    const named = names === undefined ? {} : { names };
    if (path !== undefined) return readCifar('cifar-10', { ...(await findCifarFiles(path, 'cifar-10', 'fine')), ...named });
    if (train === undefined) throw new LifelongError('config', 'data: path (a folder) or train (files) expected');
    const held = typeof test === 'string' ? shareOf(test) : undefined;
    return readCifar('cifar-10', { train: [train].flat(), test: held ?? [test].flat(), labelBytes: 1, label: 0, ...named });
  },
});
