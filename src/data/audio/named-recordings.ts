import { join, relative } from 'node:path';
import { LifelongError } from '../../core/errors.js';
import { classForms } from '../class-folders/class-forms.js';
import type { ClassLayout } from '../class-folders/find-class-files.js';
import { addFile } from '../class-folders/add-file.js';
import { listFolder } from '../files.js';
import { fieldsOf, selects, type Selection } from './selection.js';

/** Which recordings of a folder belong to which part, by what their names say. */
export interface NamedOptions {
  /** Such as `{label}_{speaker}_{take}.wav`. */
  readonly pattern: string;
  /** Others are as if they were not there. */
  readonly only?: Selection | undefined;
  /** Whatever is in no other part unless given. */
  readonly train?: Selection | undefined;
  readonly validation?: Selection | undefined;
  /** Undefined where a share of training is held out. */
  readonly test?: Selection | undefined;
}

const parts = ['train', 'validation', 'test'] as const;
type Part = (typeof parts)[number];

/** A recording and what its name says. */
interface Named {
  readonly path: string;
  readonly fields: Readonly<Record<string, string>>;
}

/**
 * The recordings of a folder by part and class, where names say both: `{label}` is the class, other fields are there to choose by.
 *
 * @throws LifelongError `data` where no name fits, or a recording is in two parts; `config` for a field that names do not have
 */
export async function namedRecordings(folder: string, { pattern, only, train, validation, test }: NamedOptions): Promise<ClassLayout> {
  const { named, others } = await recordingsNamed(folder, pattern);
  for (const [key, selection] of Object.entries({ only, 'parts.train': train, 'parts.validation': validation, 'parts.test': test }))
    checkFields(selection, pattern, key);
  const chosen = named.filter(({ fields }) => selects(only, fields));
  const selections = { train, validation, test };
  const partOf = ({ path, fields }: Named): Part | undefined => {
    const inside = parts.filter((part) => selections[part] && selects(selections[part], fields));
    if (inside.length <= 1) return inside[0] ?? (train ? undefined : 'train');
    throw new LifelongError('data', `${path}: a recording in one part expected, found it in ${inside.join(' and ')}`, 'change data.parts');
  };
  const byPart = new Map(parts.map((part) => [part, new Map<string, string[]>()]));
  for (const one of chosen) {
    const part = partOf(one);
    if (part) addFile(byPart.get(part) ?? new Map<string, string[]>(), one.fields['label'] ?? '', one.path);
  }
  const wanted = parts.filter((part) => part === 'train' || selections[part]);
  const without = wanted.find((part) => byPart.get(part)?.size === 0);
  if (without !== undefined) {
    throw new LifelongError(
      'data',
      `${folder}: recordings for ${without} expected, found none`,
      `change data.only or data.parts.${without}`,
    );
  }
  const forms = classForms(
    folder,
    wanted.map((part) => byPart.get(part) ?? new Map<string, string[]>()),
  );
  const files = Object.fromEntries(wanted.map((part, at) => [part, forms.parts[at]]));
  const [first] = others;
  const left =
    first === undefined
      ? []
      : [`${others.length} file${others.length === 1 ? '' : 's'} left out, not named ${pattern} (first: ${relative(folder, first)})`];
  return { ...files, train: files['train'] ?? new Map<string, string[]>(), notes: [...left, ...forms.notes] };
}

/** Paths of the recordings of a folder that are chosen by what their names say. @throws LifelongError as {@link namedRecordings} */
export async function chosenRecordings(folder: string, pattern: string, only: Selection, key: string): Promise<string[]> {
  checkFields(only, pattern, key);
  const { named } = await recordingsNamed(folder, pattern);
  return named.filter(({ fields }) => selects(only, fields)).map(({ path }) => path);
}

async function recordingsNamed(folder: string, pattern: string): Promise<{ readonly named: readonly Named[]; readonly others: string[] }> {
  const paths = await filesBelow(folder, pattern.split('/').length - 1);
  const named: Named[] = [];
  const others: string[] = [];
  for (const path of paths) {
    const fields = fieldsOf(pattern, relative(folder, path).replaceAll('\\', '/'));
    if (fields) named.push({ path, fields });
    else others.push(path);
  }
  if (named.length > 0) return { named, others };
  const among = others[0] === undefined ? 'no files' : `none among ${others.length} files (first: ${relative(folder, others[0])})`;
  throw new LifelongError('data', `${folder}: recordings named ${pattern} expected, found ${among}`, 'change data.files or data.path');
}

/** Paths of the files that lie so many folders below. */
async function filesBelow(folder: string, depth: number): Promise<string[]> {
  const { folders, files } = await listFolder(folder);
  if (depth === 0) return files.map((name) => join(folder, name));
  return (await Promise.all(folders.map((name) => filesBelow(join(folder, name), depth - 1)))).flat();
}

function checkFields(selection: Selection | undefined, pattern: string, key: string): void {
  const known = [...pattern.matchAll(/\{(\w+)\}/g)].map(([, field]) => field ?? '');
  const unknown = Object.keys(selection ?? {}).find((field) => !known.includes(field));
  if (unknown === undefined) return;
  throw new LifelongError('config', `data.${key}: fields of ${pattern} expected, which are ${known.join(', ')}, found ${unknown}`);
}
