import { LifelongError } from '../../core/errors.js';
import { namedRecordings } from '../audio/named-recordings.js';
import { recordingKind } from '../audio/recording-kind.js';
import { recordingsDataset } from '../audio/recordings-dataset.js';
import { patternSchema, selectionSchema } from '../audio/selection.js';
import { findClassFiles } from '../class-folders/find-class-files.js';
import { paths } from './shared/keys.js';
import { babbleOf, framesOf, recordingKeys } from './shared/recordings.js';
import { section } from './shared/section.js';
import { percentSchema, shareOf } from './shared/share.js';
import { defineSource } from './source.js';

/** Recordings in a folder for each class, or in one folder with the class in their names. */
export const audioFolderSource = defineSource({
  name: 'audio-folder',
  keys: {
    path: paths.describe(
      'recordings in <path>/<class>/, or <path>/train/<class>/… and test beside it; with files: the folder that they are in',
    ),
    files: patternSchema
      .optional()
      .describe('how recordings are named, such as {label}_{speaker}_{take}.wav, where no folders say the class'),
    only: selectionSchema.optional().describe('which of them, by what their names say: { speaker: george }'),
    parts: section({
      train: selectionSchema.optional().describe('what is in no other part by default'),
      validation: selectionSchema.optional(),
      test: selectionSchema.optional(),
    })
      .optional()
      .describe('which of those are learned, and which are for validation and test: { test: { take: 0-4 } }'),
    test: percentSchema.default('20%').describe('the share that is held out, where neither a folder nor parts are for test'),
    ...recordingKeys,
  },
  paths: { path: 'first', babbleFrom: 'every' },
  async open({ path, files, only, parts, test, seconds, ...babble }) {
    if (files === undefined) refuseChoices({ only, parts });
    const layout =
      files === undefined ? await findClassFiles(recordingKind, path) : await namedRecordings(path, { pattern: files, only, ...parts });
    const listed = [layout.train, layout.validation, layout.test].flatMap((part) => part ?? []);
    return recordingsDataset(layout, {
      ...{ name: 'audio-folder', folder: path, frames: framesOf(seconds) },
      babble: await babbleOf(path, { ...babble, files }, listed),
      testShare: shareOf(test) ?? 0,
    });
  },
});

/** @throws LifelongError `config` where recordings are chosen by names that say nothing */
function refuseChoices(choices: Readonly<Record<string, unknown>>): void {
  const [key] = Object.entries(choices).find(([, choice]) => choice !== undefined) ?? [];
  if (key === undefined) return;
  throw new LifelongError('config', `data.${key}: data.files beside it expected, found none`, 'set data.files to how recordings are named');
}
