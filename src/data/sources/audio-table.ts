import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { listedRecordings, readListed } from '../audio/listed-recordings.js';
import { recordingsDataset } from '../audio/recordings-dataset.js';
import { numbersWhereAllAre } from '../number-labels.js';
import { csvTexts } from '../formats/text-tables.js';
import { maxLineCharacters, maxUnpackedBytes } from './shared/keys.js';
import { framesOf, recordingKeys } from './shared/recordings.js';
import { shareOf } from './shared/share.js';
import { partFiles } from './shared/tables.js';
import { defineSource } from './source.js';

/** Recordings that a CSV file lists, plain or gzip: a path and a label in each row. Paths start from the folder of the file. */
export const audioTableSource = defineSource({
  name: 'audio-table',
  keys: {
    ...partFiles,
    audio: z.string().default('path').describe('name of the column of paths, which start from the folder of the file'),
    label: z.string().default('label').describe('name of the label column'),
    delimiter: z.string().length(1).default(',').describe('between two columns'),
    header: z.boolean().default(true).describe('false: columns are called 0, 1, 2, …'),
    seconds: recordingKeys.seconds,
    maxUnpackedBytes,
    maxLineCharacters,
  },
  paths: { train: 'every', validation: 'every', test: 'every' },
  async open({ train, validation, test, audio, seconds, ...form }) {
    const rows = (file: string) => csvTexts(file, { ...form, text: audio });
    const share = shareOf(test);
    const layout = await listedRecordings({ train, validation, test: share === undefined ? test : undefined }, rows);
    return recordingsDataset(layout, {
      name: 'audio-table',
      folder: dirname(resolve(train)),
      frames: framesOf(seconds),
      testShare: share ?? 0,
      classesOf: numbersWhereAllAre,
    });
  },
  read: (file, { audio, seconds, ...form }) =>
    readListed(file, csvTexts(file, { ...form, text: audio, labelled: false }), framesOf(seconds)),
});
