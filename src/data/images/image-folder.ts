import { join } from 'node:path';
import { LifelongError } from '../../core/errors.js';
import type { Split } from '../../core/task.js';
import type { Dataset } from '../dataset.js';
import { decodeImage, isImageName } from './decode-image.js';
import { listFolder, readBytes } from '../files.js';
import { fingerprint } from '../fingerprint.js';
import { holdOut } from '../hold-out.js';
import { imageFiles, type ImageFilesOptions } from './image-files.js';

export interface ImageFolderOptions extends ImageFilesOptions {
  /** Share of each class that is held out for test, when the folder has no test folder. */
  readonly testShare: number;
}

const partNames = { train: ['train', 'training'], validation: ['validation', 'val', 'valid'], test: ['test', 'testing'] } as const;

/**
 * Images in class folders: `<folder>/<class>/*.png`, or `<folder>/train/<class>/…` with `test` and perhaps `validation` beside it.
 *
 * Only names are read here; an image is decoded when it is needed.
 *
 * @throws LifelongError `data` when there are no class folders, one has no images, or a part has a class that training has not
 */
export async function readImageFolder(folder: string, options: ImageFolderOptions): Promise<Dataset> {
  const { folders } = await listFolder(folder);
  const part = (names: readonly string[]) => names.find((name) => folders.includes(name));
  const trainFolder = part(partNames.train);
  const train = await listClasses(trainFolder === undefined ? folder : join(folder, trainFolder));
  const classes = [...train.keys()];
  const validationFolder = trainFolder === undefined ? undefined : part(partNames.validation);
  const testFolder = trainFolder === undefined ? undefined : part(partNames.test);
  const listed = async (name: string | undefined) => (name === undefined ? undefined : listClasses(join(folder, name)));
  const [validation, test] = await Promise.all([listed(validationFolder), listed(testFolder)]);
  const inputShape = await shapeOf(train, options);
  const split = (images: ReadonlyMap<string, readonly string[]>): Split => imageFiles(images, classes, inputShape, options);
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
    fingerprint: fingerprint(JSON.stringify([inputShape, ...[train, validation, test].map((images) => images && namesOf(images, folder))])),
    costly: true,
  };
  return test ? data : holdOut(data, options.testShare);
}

/** Image paths by class, both in code-point order. */
async function listClasses(folder: string): Promise<Map<string, string[]>> {
  const { folders } = await listFolder(folder);
  if (folders.length === 0) throw new LifelongError('data', `${folder}: one folder for each class expected, found no folders`);
  const listed = await Promise.all(
    folders.map(async (name) => {
      const files = (await listFolder(join(folder, name))).files.filter(isImageName).map((file) => join(folder, name, file));
      if (files.length === 0)
        throw new LifelongError('data', `${join(folder, name)}: images of class "${name}" expected, found none`, 'remove the folder');
      return [name, files] as const;
    }),
  );
  return new Map(listed);
}

/** The shape asked for; what is not asked for is as the first image has it. */
async function shapeOf(
  train: ReadonlyMap<string, readonly string[]>,
  { size, channels }: ImageFilesOptions,
): Promise<[number, number, number]> {
  if (size && channels) return [...size, channels];
  const [first = ''] = [...train.values()][0] ?? [];
  const { shape } = await decodeImage(await readBytes(first), first);
  return [size?.[0] ?? shape[0], size?.[1] ?? shape[1], channels ?? (shape[2] < 3 ? 1 : 3)];
}

/** Names without the place of the folder, so that data that moved stay the same data. */
const namesOf = (listed: ReadonlyMap<string, readonly string[]>, folder: string): string[] =>
  [...listed.values()].flatMap((paths) => paths.map((path) => path.slice(folder.length)));
