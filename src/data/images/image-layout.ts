import { join, relative } from 'node:path';
import { LifelongError } from '../../core/errors.js';
import { listFolder, realPath } from '../files.js';
import { classForms, type ImagesByClass } from './class-forms.js';
import { classImages, endingsOf, isSystemName, sortFiles, type LeftOut } from './class-images.js';
import { isImageName } from './decode-image.js';

/** Which images a folder has, by part and class. */
export interface ImageLayout {
  readonly train: ImagesByClass;
  readonly validation?: ImagesByClass;
  readonly test?: ImagesByClass;
  /** What was left out or put together, a sentence each. */
  readonly notes: readonly string[];
}

const parts = ['train', 'validation', 'test'] as const;
type Part = (typeof parts)[number];

/** What the folders of the parts are called, in any case. */
const partNames: Readonly<Record<Part, readonly string[]>> = {
  train: ['train', 'training'],
  validation: ['validation', 'val', 'valid'],
  test: ['test', 'testing'],
};

const partOf = (name: string): Part | undefined => parts.find((part) => partNames[part].includes(name.toLowerCase()));

/**
 * Finds the class folders of images: `<folder>/<class>/…`, or `<folder>/train/<class>/…` with `test` and perhaps `validation` beside it. A
 * folder that holds nothing but one folder of folders stands for that.
 *
 * @throws LifelongError `data` when it is not plain which folder is what
 */
export async function findImages(folder: string): Promise<ImageLayout> {
  const root = await withoutWrapping(folder);
  const { folders, files } = await listFolder(root);
  const { images: stray } = await sortFiles(root, files);
  const named = partFolders(root, folders);
  if (named.train === undefined) {
    await refuseLonePart(root, Object.values(named));
    const { classes, leftOut } = await listClasses(root, root);
    const { parts: merged, notes } = classForms(root, [classes]);
    return { train: merged[0] ?? classes, notes: [...notesOf(root, [{ images: stray, files: [] }, ...leftOut], []), ...notes] };
  }
  const others = folders.filter((name) => partOf(name) === undefined);
  const leftOut: LeftOut[] = [{ images: stray, files: [] }];
  const places = new Map<string, string>();
  const listed: [part: Part, images: ImagesByClass][] = [];
  for (const [part, name] of Object.entries(named) as [Part, string][]) {
    const found = await listClasses(join(root, name), root, places);
    listed.push([part, found.classes]);
    leftOut.push(...found.leftOut);
  }
  const { parts: merged, notes } = classForms(
    root,
    listed.map(([, images]) => images),
  );
  const byPart: Partial<Record<Part, ImagesByClass>> = Object.fromEntries(listed.map(([part], at) => [part, merged[at]]));
  return { ...byPart, train: byPart.train ?? new Map<string, string[]>(), notes: [...notesOf(root, leftOut, others), ...notes] };
}

/** The folder that class folders or parts are in: further down where folders hold nothing but one other folder until one holds several. */
async function withoutWrapping(folder: string): Promise<string> {
  const deepest = 8;
  for (let [at, depth] = [folder, 0]; depth < deepest; depth++) {
    const { folders, files } = await listFolder(at);
    const [only] = folders;
    if (only === undefined || files.some(isImageName)) return folder;
    if (folders.length > 1 || partOf(only) !== undefined) return at;
    at = join(at, only);
  }
  return folder;
}

function partFolders(root: string, folders: readonly string[]): Partial<Record<Part, string>> {
  const found: Partial<Record<Part, string>> = {};
  for (const name of folders) {
    const part = partOf(name);
    if (part === undefined) continue;
    const other = found[part];
    if (other !== undefined) throw new LifelongError('data', `${root}: one folder for ${part} expected, found ${other} and ${name}`);
    found[part] = name;
  }
  return found;
}

/** A folder called test beside class folders is a class when it has images itself; a part without training is a mistake. */
async function refuseLonePart(root: string, names: readonly string[]): Promise<void> {
  for (const name of names) {
    if ((await listFolder(join(root, name))).files.some(isImageName)) continue;
    throw new LifelongError(
      'data',
      `${root}: a folder "train" beside "${name}" expected, found none`,
      'put the class folders for training into it',
    );
  }
}

/** @param places of the class folders so far, by where they are: one folder under two names would be two classes, or training and test at once */
async function listClasses(
  folder: string,
  root: string,
  places = new Map<string, string>(),
): Promise<{ readonly classes: Map<string, readonly string[]>; readonly leftOut: LeftOut[] }> {
  const { folders, files } = await listFolder(folder);
  const classes = new Map<string, readonly string[]>();
  const leftOut: LeftOut[] = folder === root ? [] : [{ images: (await sortFiles(folder, files)).images, files: [] }];
  const names = folders.filter((name) => !isSystemName(name));
  const above = await Promise.all([realPath(root), realPath(folder)]);
  const found = await Promise.all(names.map((name) => classImages(join(folder, name), folder, above)));
  if (found.length === 0) {
    const images = files.filter(isImageName).length;
    const also = images === 0 ? '' : ` and ${images} image${images === 1 ? '' : 's'}`;
    throw new LifelongError('data', `${folder}: one folder for each class expected, found no folders${also}`);
  }
  for (const [at, { images, leftOut: beside, place }] of found.entries()) {
    const name = names[at] ?? '';
    const other = places.get(place);
    if (other !== undefined) {
      throw new LifelongError(
        'data',
        `${join(folder, name)}: images of its own expected, found those of ${other}: one folder under two names`,
      );
    }
    places.set(place, relative(root, join(folder, name)));
    classes.set(name, images);
    leftOut.push(beside);
  }
  return { classes, leftOut };
}

function notesOf(root: string, leftOut: readonly LeftOut[], folders: readonly string[]): string[] {
  const [images, others] = [leftOut.flatMap((beside) => beside.images), leftOut.flatMap(({ files }) => files)];
  const first = (paths: readonly string[]) => relative(root, paths[0] ?? '');
  const counted = (paths: readonly string[], what: string) => `${paths.length} ${what}${paths.length === 1 ? '' : 's'}`;
  return [
    ...(others.length === 0
      ? []
      : [`${counted(others, 'file')} left out, no images by their content: ${endingsOf(others)} (first: ${first(others)})`]),
    ...(images.length === 0 ? [] : [`${counted(images, 'image')} left out, not in a class folder (first: ${first(images)})`]),
    ...(folders.length === 0 ? [] : [`left out beside the folders of train and test: ${folders.join(', ')}`]),
  ];
}
