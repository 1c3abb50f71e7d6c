import { LifelongError } from '../../core/errors.js';
import type { Split } from '../../core/task.js';
import type { Dataset } from '../dataset.js';
import { readBytes } from '../files.js';
import { fingerprint } from '../fingerprint.js';
import { holdOut } from '../hold-out.js';
import { decodeImage } from './decode-image.js';
import { imageFiles, type ImageFilesOptions } from './image-files.js';
import type { ImagesByClass } from './class-forms.js';
import { findImages } from './image-layout.js';
import { ImageTally } from './image-tally.js';

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
  const { train, validation, test, notes } = await findImages(folder);
  const parts = [train, validation, test];
  const classes = [...train.keys()];
  const inputShape = await shapeOf(train, options);
  const tally = new ImageTally();
  const split = (images: ImagesByClass): Split => imageFiles(images, classes, inputShape, options, tally);
  for (const images of [validation, test]) {
    const unknown = images && [...images.keys()].find((name) => !train.has(name));
    if (unknown !== undefined) throw new LifelongError('data', `${folder}: class "${unknown}" has images outside training and none in it`);
  }
  const data: Dataset = {
    name: 'folder',
    classes,
    inputShape,
    train: split(train),
    ...(validation ? { validation: split(validation) } : {}),
    test: split(test ?? new Map()),
    fingerprint: fingerprint(JSON.stringify([inputShape, ...parts.map((images) => images && namesOf([...images.values()], folder))])),
    classFingerprints: () =>
      classes.map((name) => fingerprint(JSON.stringify(parts.map((images) => images && namesOf([images.get(name) ?? []], folder))))),
    costly: true,
    notes: () => [...notes, ...tally.notes()],
  };
  return test ? data : holdOut(data, options.testShare);
}

/** The shape asked for; what is not asked for is as the first image has it that can be decoded. */
async function shapeOf(train: ImagesByClass, { size, channels, corrupt, maxPixels }: ImageFilesOptions): Promise<[number, number, number]> {
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

/** Names without the place of the folder, so that data that moved stay the same data. */
const namesOf = (listed: readonly (readonly string[])[], folder: string): string[] =>
  listed.flatMap((paths) => paths.map((path) => path.slice(folder.length)));
