import { join, relative } from 'node:path';
import { LifelongError } from '../../core/errors.js';
import { listFolder, realPath } from '../files.js';
import { classFiles, endingsOf, isSystemName, sortFiles, type LeftOut } from './class-files.js';
import { classForms, type FilesByClass } from './class-forms.js';
import type { FileKind } from './file-kind.js';

/** Which files a folder has, by part and class. */
export interface ClassLayout {
  readonly train: FilesByClass;
  readonly validation?: FilesByClass;
  readonly test?: FilesByClass;
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
 * Finds the class folders of files of a kind: `<folder>/<class>/…`, or `<folder>/train/<class>/…` with `test` and perhaps `validation` beside it. A
 * folder that holds nothing but one folder of folders stands for that.
 *
 * @throws LifelongError `data` when it is not plain which folder is what
 */
export async function findClassFiles(kind: FileKind, folder: string): Promise<ClassLayout> {
  const root = await withoutWrapping(kind, folder);
  const { folders, files } = await listFolder(root);
  const { found: stray } = await sortFiles(kind, root, files);
  const named = partFolders(root, folders);
  if (named.train === undefined) {
    await refuseLonePart(kind, root, Object.values(named));
    const { classes, leftOut } = await listClasses(kind, root, root);
    const { parts: merged, notes } = classForms(root, [classes]);
    return { train: merged[0] ?? classes, notes: [...notesOf(kind, root, [{ found: stray, others: [] }, ...leftOut], []), ...notes] };
  }
  const others = folders.filter((name) => partOf(name) === undefined);
  const leftOut: LeftOut[] = [{ found: stray, others: [] }];
  const places = new Map<string, string>();
  const listed: [part: Part, files: FilesByClass][] = [];
  for (const [part, name] of Object.entries(named) as [Part, string][]) {
    const found = await listClasses(kind, join(root, name), root, places);
    listed.push([part, found.classes]);
    leftOut.push(...found.leftOut);
  }
  const { parts: merged, notes } = classForms(
    root,
    listed.map(([, files]) => files),
  );
  const byPart: Partial<Record<Part, FilesByClass>> = Object.fromEntries(listed.map(([part], at) => [part, merged[at]]));
  return { ...byPart, train: byPart.train ?? new Map<string, string[]>(), notes: [...notesOf(kind, root, leftOut, others), ...notes] };
}

/** The folder that class folders or parts are in: further down where folders hold nothing but one other folder until one holds several. */
async function withoutWrapping(kind: FileKind, folder: string): Promise<string> {
  const deepest = 8;
  for (let [at, depth] = [folder, 0]; depth < deepest; depth++) {
    const { folders, files } = await listFolder(at);
    const [only] = folders;
    if (only === undefined || files.some((name) => kind.isName(name))) return folder;
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

/** A folder called test beside class folders is a class when it has files itself; a part without training is a mistake. */
async function refuseLonePart(kind: FileKind, root: string, names: readonly string[]): Promise<void> {
  for (const name of names) {
    if ((await listFolder(join(root, name))).files.some((file) => kind.isName(file))) continue;
    throw new LifelongError(
      'data',
      `${root}: a folder "train" beside "${name}" expected, found none`,
      'put the class folders for training into it',
    );
  }
}

/** @param places of the class folders so far, by where they are: one folder under two names would be two classes, or training and test at once */
async function listClasses(
  kind: FileKind,
  folder: string,
  root: string,
  places = new Map<string, string>(),
): Promise<{ readonly classes: Map<string, readonly string[]>; readonly leftOut: LeftOut[] }> {
  const { folders, files } = await listFolder(folder);
  const classes = new Map<string, readonly string[]>();
  const leftOut: LeftOut[] = folder === root ? [] : [{ found: (await sortFiles(kind, folder, files)).found, others: [] }];
  const names = folders.filter((name) => !isSystemName(name));
  const above = await Promise.all([realPath(root), realPath(folder)]);
  const found = await Promise.all(names.map((name) => classFiles(kind, join(folder, name), folder, above)));
  if (found.length === 0) {
    const count = files.filter((name) => kind.isName(name)).length;
    const also = count === 0 ? '' : ` and ${count} ${count === 1 ? kind.one : kind.many}`;
    throw new LifelongError('data', `${folder}: one folder for each class expected, found no folders${also}`);
  }
  for (const [at, { files: own, leftOut: beside, place }] of found.entries()) {
    const name = names[at] ?? '';
    const other = places.get(place);
    if (other !== undefined) {
      throw new LifelongError(
        'data',
        `${join(folder, name)}: ${kind.many} of its own expected, found those of ${other}: one folder under two names`,
      );
    }
    places.set(place, relative(root, join(folder, name)));
    classes.set(name, own);
    leftOut.push(beside);
  }
  return { classes, leftOut };
}

function notesOf({ one, many }: FileKind, root: string, leftOut: readonly LeftOut[], folders: readonly string[]): string[] {
  const [found, others] = [leftOut.flatMap((beside) => beside.found), leftOut.flatMap((beside) => beside.others)];
  const first = (paths: readonly string[]) => relative(root, paths[0] ?? '');
  return [
    ...(others.length === 0
      ? []
      : [
          `${others.length} file${others.length === 1 ? '' : 's'} left out, no ${many} by their content: ${endingsOf(others)} (first: ${first(others)})`,
        ]),
    ...(found.length === 0
      ? []
      : [`${found.length} ${found.length === 1 ? one : many} left out, not in a class folder (first: ${first(found)})`]),
    ...(folders.length === 0 ? [] : [`left out beside the folders of train and test: ${folders.join(', ')}`]),
  ];
}
