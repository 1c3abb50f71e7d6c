import { readStart } from '../data/files.js';
import { augment } from '../data/images/augment.js';
import { isImageShape } from '../data/images/image-shape.js';
import type { DomainKind } from './domain.js';

/** Images `[height, width, channels]`, values in [0, 1]. */
export const image: DomainKind = {
  inputs: 'images [height, width, channels]',
  accepts: ({ shape, dtype }) => isImageShape(shape) && dtype === 'float32',
  features: 'pixels',
  padded: false,
  range: [0, 1],
  augment,
  files: {
    name: 'an image',
    async recognizes(path) {
      const [{ isImageName }, { formatBytes, imageFormat }] = await Promise.all([
        import('../data/images/decode-image.js'),
        import('../data/images/image-format.js'),
      ]);
      return isImageName(path) || imageFormat(await readStart(path, formatBytes)) !== undefined;
    },
    async read(path, { shape }, { maxPixels }) {
      const { readImageExample } = await import('../data/images/read-image.js');
      return readImageExample(path, shape, maxPixels);
    },
  },
  drawSheet: async (task) => (await import('./draw-image-sheet.js')).drawImageSheet(task),
  doubts({ shape }, range) {
    const [height = 0, , channels = 0] = shape;
    return [
      ...(range && (range[0] < 0 || range[1] > 1) ? [`image values from ${range[0]} to ${range[1]}, 0 to 1 expected: set data.scale`] : []),
      ...(channels > 4 && height <= 4
        ? [
            `images of ${channels} channels and ${height} rows: if they are [channels, height, width], save them as [height, width, channels]`,
          ]
        : []),
    ];
  },
};
