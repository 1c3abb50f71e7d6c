import { dirname, resolve } from 'node:path';
import { LifelongError } from '../../core/errors.js';
import { addFile } from '../class-folders/add-file.js';
import { classForms, type FilesByClass } from '../class-folders/class-forms.js';
import type { ClassLayout } from '../class-folders/find-class-files.js';
import type { FileExamples } from '../file-examples.js';
import { exists } from '../files.js';
import { numbersWhereAllAre } from '../number-labels.js';
import type { TextRow } from '../text/text-rows.js';
import { melCount } from './log-mel.js';
import { readSpectrogram } from './read-spectrogram.js';

/** Rows with a path each, as texts. */
type Rows = AsyncIterable<TextRow>;

/** The tables of the parts. */
export interface RecordingTables {
  readonly train: string;
  readonly validation?: string | undefined;
  /** Undefined where a share of training is held out. */
  readonly test?: string | undefined;
}

/**
 * The recordings that tables list, by part and class.
 *
 * @param rowsOf the rows of a table
 * @throws LifelongError `data` with the line, for a path that leads nowhere or is listed twice, or a label that is empty
 */
export async function listedRecordings(tables: RecordingTables, rowsOf: (file: string) => Rows): Promise<ClassLayout> {
  const places = new Map<string, string>();
  const wanted = (['train', 'validation', 'test'] as const).filter((part) => tables[part] !== undefined);
  const parts: FilesByClass[] = [];
  for (const part of wanted) {
    const file = tables[part] ?? '';
    const files = new Map<string, string[]>();
    for await (const { texts, label, where } of rowsOf(file)) {
      if (label === undefined || label === '') throw new LifelongError('data', `${where}: a label expected, found an empty field`);
      const path = await located(file, texts[0], where);
      const before = places.get(path);
      if (before !== undefined) throw new LifelongError('data', `${where}: every recording once expected, found that of ${before} again`);
      places.set(path, where);
      addFile(files, String(label), path);
    }
    if (files.size === 0) throw new LifelongError('data', `${file}: at least one recording expected, found none`);
    parts.push(files);
  }
  const { parts: merged, notes } = classForms(tables.train, parts);
  const byPart = Object.fromEntries(wanted.map((part, at) => [part, merged[at] && inOrder(merged[at])]));
  return { ...byPart, train: byPart['train'] ?? new Map<string, string[]>(), notes };
}

/** By value where all labels are integers. */
function inOrder(files: FilesByClass): FilesByClass {
  const numbers = numbersWhereAllAre([...files.keys()]);
  return numbers.every((label) => typeof label === 'number') ? new Map([...files].sort(([a], [b]) => Number(a) - Number(b))) : files;
}

/** The recordings that a table lists, without labels. @throws LifelongError `data` as {@link listedRecordings} */
export async function readListed(file: string, rows: Rows, frames: number): Promise<FileExamples> {
  const found: FileExamples[] = [];
  for await (const { texts, where } of rows) found.push(await readSpectrogram(await located(file, texts[0], where), frames));
  const inputs = new Float32Array(found.length * frames * melCount);
  for (const [i, example] of found.entries()) inputs.set(example.inputs, i * frames * melCount);
  return { shape: [frames, melCount], inputs, notes: found.flatMap(({ notes }) => notes ?? []) };
}

async function located(file: string, written: string, where: string): Promise<string> {
  const path = resolve(dirname(file), written);
  if (written !== '' && (await exists(path))) return path;
  const found = written === '' ? 'an empty field' : `${path}, which is not there`;
  throw new LifelongError('data', `${where}: the path of a recording expected, found ${found}`, 'paths start from the folder of the table');
}
