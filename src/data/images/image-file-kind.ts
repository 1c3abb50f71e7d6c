import type { FileKind } from '../class-folders/file-kind.js';
import { readStart } from '../files.js';
import { isImageName } from './decode-image.js';
import { formatBytes, imageFormat } from './image-format.js';

/** Images, as files in class folders. */
export const imageFileKind: FileKind = {
  one: 'image',
  many: 'images',
  isName: isImageName,
  recognizes: async (path) => imageFormat(await readStart(path, formatBytes)) !== undefined,
};
