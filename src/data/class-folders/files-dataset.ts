import { LifelongError } from '../../core/errors.js';
import type { ClassName, Split } from '../../core/task.js';
import type { Dataset } from '../dataset.js';
import { fingerprint } from '../fingerprint.js';
import { holdOut } from '../hold-out.js';
import type { FilesByClass } from './class-forms.js';
import type { ClassLayout } from './find-class-files.js';

/** How files become a data set. */
export interface FilesDatasetOptions {
  /** Of the data set. */
  readonly name: string;
  /** What the files are: `images`. */
  readonly many: string;
  /** That their paths start from: data that moved stay the same data. */
  readonly folder: string;
  readonly inputShape: readonly number[];
  readonly domain?: Dataset['domain'];
  /** The classes that names stand for, as they are by default. */
  readonly classesOf?: (names: readonly string[]) => readonly ClassName[];
  /** The examples of a part, those of one class together. */
  readonly split: (files: FilesByClass) => Split;
  /** What was changed in files so far, a sentence each. */
  readonly changes: () => readonly string[];
  /** Share of each class that is held out for test, where there is no test part. */
  readonly testShare: number;
}

/**
 * A data set whose examples are files that are read when they are needed. Its fingerprint is made of their names.
 *
 * @throws LifelongError `data` for a class that has files outside training and none in it
 */
export function filesDataset(
  { train, validation, test, notes }: ClassLayout,
  { name, many, folder, inputShape, domain, classesOf, split, changes, testShare }: FilesDatasetOptions,
): Dataset | Promise<Dataset> {
  const parts = [train, validation, test];
  const names = [...train.keys()];
  for (const files of [validation, test]) {
    const unknown = files && [...files.keys()].find((found) => !train.has(found));
    if (unknown !== undefined) throw new LifelongError('data', `${folder}: class "${unknown}" has ${many} outside training and none in it`);
  }
  const printOf = (...before: readonly unknown[]) => fingerprint(JSON.stringify(before));
  const data: Dataset = {
    name,
    classes: classesOf?.(names) ?? names,
    inputShape,
    ...(domain && { domain }),
    train: split(train),
    ...(validation ? { validation: split(validation) } : {}),
    test: split(test ?? new Map()),
    fingerprint: printOf(inputShape, ...parts.map((files) => files && namesOf([...files.values()], folder))),
    classFingerprints: () => names.map((of) => printOf(...parts.map((files) => files && namesOf([files.get(of) ?? []], folder)))),
    costly: true,
    notes: () => [...notes, ...changes()],
  };
  return test ? data : holdOut(data, testShare);
}

/** Names without the place of the folder; what lies elsewhere is known by its whole path. */
const namesOf = (listed: readonly (readonly string[])[], folder: string): string[] =>
  listed.flatMap((paths) => paths.map((path) => (path.startsWith(folder) ? path.slice(folder.length) : path)));
