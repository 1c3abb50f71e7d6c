import { z } from 'zod';
import { readImageFolder } from '../images/image-folder.js';
import { readImageExample } from '../images/read-image.js';
import { inputLimits } from '../input-limits.js';
import { paths } from './shared/keys.js';
import { percentSchema, shareOf } from './shared/share.js';
import { defineSource } from './source.js';

/** Image files in a folder for each class. */
export const folderSource = defineSource({
  name: 'folder',
  keys: {
    path: paths.describe('<path>/<class>/*.png, or <path>/train/<class>/… and test beside it'),
    test: percentSchema.default('20%').describe('held out where there is no test folder'),
    maxPixels: z.int().positive().default(inputLimits.pixels).describe('larger images are refused'),
    corrupt: z.enum(['stop', 'skip']).default('stop').describe('what a damaged image does'),
  },
  paths: { path: 'first' },
  read: async (file, { maxPixels }, { inputShape, ...more }) => readImageExample(file, inputShape, more.maxPixels ?? maxPixels),
  open: ({ path, test, corrupt, maxPixels }, { size, channels }) =>
    readImageFolder(path, { size, channels, corrupt, maxPixels, testShare: shareOf(test) ?? 0 }),
});
