import { z } from 'zod';
import { findCifarFiles, readCifar, readCifarImages } from '../formats/cifar.js';
import { paths } from './shared/keys.js';
import { defineSource } from './source.js';

/** The published files of CIFAR-100. */
export const cifar100Source = defineSource({
  name: 'cifar-100',
  keys: {
    path: paths.describe('folder with train.bin and test.bin'),
    labels: z.enum(['fine', 'coarse']).default('fine').describe('100 classes, or their 20 superclasses'),
  },
  paths: { path: 'first' },
  read: (file) => readCifarImages(file, 2),
  open: async ({ path, labels }) => readCifar('cifar-100', await findCifarFiles(path, 'cifar-100', labels)),
});
