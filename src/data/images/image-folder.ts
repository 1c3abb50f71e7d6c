import { LifelongError } from '../../core/errors.js';
import type { FilesByClass } from '../class-folders/class-forms.js';
import { filesDataset } from '../class-folders/files-dataset.js';
import { findClassFiles } from '../class-folders/find-class-files.js';
import type { Dataset } from '../dataset.js';
import { readBytes } from '../files.js';
import { ReadingTally } from '../reading-tally.js';
import { decodeImage } from './decode-image.js';
import { imageFiles, type ImageFate, type ImageFilesOptions } from './image-files.js';
import { imageFileKind } from './image-file-kind.js';

export interface ImageFolderOptions extends ImageFilesOptions {
  /** Share of each class that is held out for test, when the folder has no test folder. */
  readonly testShare: number;
}

/**
 * Images in class folders: `<folder>/<class>/*.png`, or `<folder>/train/<class>/…` with `test` and perhaps `validation` beside it.
 *
 * Only names are read here, and the first bytes of files whose names do not end as images do; an image is decoded when it is needed.
 *
 * @throws LifelongError `data` when there are no class folders, one has no images, or a part has a class that training has not
 */
export async function readImageFolder(folder: string, options: ImageFolderOptions): Promise<Dataset> {
  const layout = await findClassFiles(imageFileKind, folder);
  const classes = [...layout.train.keys()];
  const inputShape = await shapeOf(layout.train, options);
  const tally = new ReadingTally<ImageFate>('images');
  return filesDataset(layout, {
    ...{ name: 'folder', many: 'images', folder, inputShape, testShare: options.testShare },
    split: (images) => imageFiles(images, classes, inputShape, options, tally),
    changes: () => tally.notes(),
  });
}

/** The shape asked for; what is not asked for is as the first image has it that can be decoded. */
async function shapeOf(train: FilesByClass, { size, channels, corrupt, maxPixels }: ImageFilesOptions): Promise<[number, number, number]> {
  if (size && channels) return [...size, channels];
  let damaged: unknown;
  for (const path of [...train.values()].flat()) {
    try {
      const { shape } = await decodeImage(await readBytes(path), path, maxPixels);
      return [size?.[0] ?? shape[0], size?.[1] ?? shape[1], channels ?? (shape[2] < 3 ? 1 : 3)];
    } catch (error) {
      if (corrupt === 'stop' || !(error instanceof LifelongError) || error.code !== 'data') throw error;
      damaged ??= error;
    }
  }
  throw damaged;
}
